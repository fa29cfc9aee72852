"""What an address on our own pages says about its visitor: a letter, a share link, a named role."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

CODE = re.compile(r"[a-z0-9]{4,12}")
"""A share link's code."""
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_QUERY = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """Parts of a query; what has not the right form is empty."""

    via: str = ""
    role: str = ""
    share: str = ""

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> "Said":
        """Read the query of a request."""
        query = environ.get("QUERY_STRING", "")[:LONGEST_QUERY]
        if not query:
            return NOTHING_SAID
        asked = parse_qs(query)
        role, share = asked.get("role", [""])[0], asked.get("share", [""])[0]
        return cls(
            asked.get("via", [""])[0],
            role if SLUG.fullmatch(role) else "",
            share if CODE.fullmatch(share) else "",
        )


NOTHING_SAID = Said()
