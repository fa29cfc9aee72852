"""Readable addresses: a slug of its own for each thing, and the old ones led to the new."""

import re
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import FromClause, select
from sqlalchemy.orm import Session

from outreach.core.db import Base
from outreach.core.errors import Conflict
from outreach.core.slugs import RESERVED, SLUG_LENGTH, FormerSlug, free_slug, slugify


class Addressed(Protocol):
    """A row with a readable address."""

    __tablename__: Any
    __table__: ClassVar[FromClause]
    id: int
    slug: str


M = TypeVar("M", bound=Base)
_SLUG = re.compile(rf"[a-z0-9-]{{1,{SLUG_LENGTH}}}")


def new_slug(session: Session, model: type[Base], text: str) -> str:
    """Return a slug for `text` that no row of `model` has or had."""
    return free_slug(text, lambda slug: _owner(session, model.__table__, slug) is not None)


def move_address(session: Session, thing: Addressed, wanted: str) -> None:
    """Give a stored thing another slug; its old address leads to the new one from now on.

    Raises Conflict when another thing has or had that address, or it is a word of ours.
    """
    slug = slugify(wanted)
    if slug == thing.slug:
        return
    if slug in RESERVED or _owner(session, thing.__table__, slug) not in {None, thing.id}:
        raise Conflict(f"The address “{slug}” is taken.", "Choose another.")
    returned = session.get(FormerSlug, (thing.__tablename__, slug))
    if returned is not None:
        session.delete(returned)
    session.add(FormerSlug(room=thing.__tablename__, slug=thing.slug, target_id=thing.id))
    thing.slug = slug


def at_address(session: Session, model: type[M], slug: str) -> M | None:
    """Return the row that has this slug or had it before; compare its slug to tell which.

    What cannot be a slug is not looked for: PostgreSQL takes no NUL in a text.
    """
    if not _SLUG.fullmatch(slug):
        return None
    found = _owner(session, model.__table__, slug)
    return None if found is None else session.get(model, found)


def _owner(session: Session, table: FromClause, slug: str) -> int | None:
    holder: int | None = session.scalar(select(table.c.id).where(table.c.slug == slug))
    if holder is not None:
        return holder
    former = session.get(FormerSlug, (table.description, slug))
    return former.target_id if former else None
