"""Names of uploaded files: shown and offered again, never used as a path."""

import re

from outreach.web.forms import tidy

LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r'[\s\x00-\x1f\x7f"*:<>?|\u0085\u200e\u200f\u2028-\u202e\u2066-\u2069]+')
_ENDINGS = {"application/pdf": ".pdf"}


def safe_filename(name: str, content_type: str = "application/pdf") -> str:
    """Return the last part of a name without paths, breaks and direction marks, and its ending.

    Marks that turn the reading direction make "fdp.exe" look like "exe.pdf" (CVE-2009-3376), a
    break would end the header the name is sent in.
    """
    ending = _ENDINGS.get(content_type, "")
    last = re.split(r"[\\/]", str(tidy(name)))[-1]
    plain = _NOT_IN_NAMES.sub(" ", last).strip()
    stem = plain[: -len(ending)] if ending and plain.lower().endswith(ending) else plain
    return f"{stem.strip(' .')[:LONGEST_NAME] or 'document'}{ending}"
