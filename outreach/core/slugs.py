"""Slugs: the readable last part of a public address. Unique, never reserved, old ones redirect."""

import re
import unicodedata
from collections.abc import Callable

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base, BigKey

RESERVED = frozenset({"new", "edit", "all", "import", "export", "api", "staff", "feed", "atom"})
SLUG_LENGTH = 80
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "ł": "l", "đ": "d"}
)


class FormerSlug(Base):
    """A slug that something had before; its address redirects."""

    __tablename__ = "former_slug"

    room: Mapped[str] = mapped_column(String(20), primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    target_id: Mapped[int] = mapped_column(BigKey)


def slugify(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens, at most 80 characters; "x" for nothing."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "-".join(words)[: SLUG_LENGTH - 8].strip("-") or "x"


def free_slug(text: str, is_taken: Callable[[str], bool]) -> str:
    """Return a slug for `text` that is neither reserved nor taken, counting up where needed."""
    base = slugify(text)
    slug, count = base, 1
    while slug in RESERVED or is_taken(slug):
        count += 1
        slug = f"{base}-{count}"
    return slug
