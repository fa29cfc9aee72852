"""What a request says: which token and number, by what link or role, and whether in advance."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

CODE = re.compile(r"[a-z0-9]{4,12}")
"""A share link's code."""
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_QUERY = 1000
LONGEST_NUMBER = 9
_IN_ADVANCE = ("prefetch", "prerender", "preview")


@dataclass(frozen=True, slots=True)
class Said:
    """Parts of a query; what has not the right form is empty."""

    via: str = ""
    role: str = ""
    share: str = ""
    is_tried: bool = False
    """Whether a letter is only tried: whatever is got by it counts nowhere."""

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
            asked.get("test") == ["yes"],
        )


NOTHING_SAID = Said()


def parts_of(rest: str) -> tuple[str, int]:
    """Return the token and the number of `<token>/<n>`; 0 where there is no number."""
    token, _, number = rest.partition("/")
    is_number = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    return token, int(number) if is_number else 0


def is_prefetch(environ: WSGIEnvironment) -> bool:
    """Say whether the browser loads in advance, by any of the headers that were ever used for it.

    Sec-Purpose (Fetch standard), Purpose (Chrome, Safari), X-Purpose (Safari), X-Moz (Firefox).
    """
    purpose = (
        environ.get("HTTP_SEC_PURPOSE")
        or environ.get("HTTP_PURPOSE")
        or environ.get("HTTP_X_PURPOSE")
        or environ.get("HTTP_X_MOZ")
    )
    return purpose is not None and any(word in purpose.lower() for word in _IN_ADVANCE)
