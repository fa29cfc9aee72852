"""Reads of the history: who changed what, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeSet

MOST_OBJECTS = 100
"""Of an import only so many people are shown; its report tells of all."""
LONGEST = 300
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class FieldChange:
    """One field of a thing, as it was and as it became; "" for nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ThingChange:
    """What changed about one thing."""

    kind: str
    id: int
    fields: Sequence[FieldChange]


def change_sets(
    session: Session, words: str, *, offset: int, limit: int
) -> tuple[Sequence[ChangeSet], int]:
    """Return a page of what was done, the newest first, and how much there is in all.

    `words` stand in the label or in the name of who did it.
    """
    matches = or_(
        ChangeSet.label.icontains(words, autoescape=True),
        ChangeSet.actor.icontains(words, autoescape=True),
    )
    query = select(ChangeSet).where(matches).order_by(ChangeSet.id.desc())
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return session.scalars(query.offset(offset).limit(limit)).all(), total


def changes_of(session: Session, change_set_id: int) -> tuple[list[ThingChange], int]:
    """Return what a change set touched, at most `MOST_OBJECTS` things, and how many there are."""
    query = select(Change).where(Change.change_set_id == change_set_id).order_by(Change.id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return [_told(change) for change in session.scalars(query.limit(MOST_OBJECTS))], total


def _told(change: Change) -> ThingChange:
    names = sorted({*change.before, *change.after})
    return ThingChange(
        change.object_type.replace("_", " ").capitalize(),
        change.object_id,
        [
            FieldChange(
                name.replace("_", " "), _said(change.before, name), _said(change.after, name)
            )
            for name in names
        ],
    )


def _said(fields: Mapping[str, Any], name: str) -> str:
    """Write a kept value for people: the languages of a text one after the other."""
    value = fields.get(name)
    if isinstance(value, Mapping):
        text = "; ".join(f"{key}: {part}" for key, part in value.items())
    elif isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
