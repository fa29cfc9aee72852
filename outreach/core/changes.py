"""Change sets: what an import, a bulk action, a merge or an edit changed, so it can be undone.

One table serves import reports, undo and the history of who did what. `before` and `after` hold
only the fields that differ; an erasure empties them (they may hold personal data).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.core.db import Base, BigKey, index_of_filled

SECRET_FIELDS = frozenset(
    {"password", "fs_uniquifier", "totp_secret", "totp_counter", "recovery_hashes"}
)
"""Never kept in the history, not even as hashes."""


class ChangeKind(StrEnum):
    """What made the changes of a set."""

    EDIT = "edit"
    IMPORT = "import"
    BULK = "bulk"
    MERGE = "merge"
    UNDO = "undo"
    RETENTION = "retention"
    """Asked whether to go on, kept on a renewed basis, or erased: reported, never undone."""


class ChangeSet(Base):
    """Changes that were made together and are undone together."""

    __tablename__ = "change_set"
    __table_args__ = (index_of_filled("ix_change_set_undo_begun_at", "undo_begun_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChangeKind]
    label: Mapped[str] = mapped_column(String(200))
    actor_id: Mapped[int | None]
    """The user's id; empty when a command or a job did it."""
    actor: Mapped[str] = mapped_column(String(200), default="")
    """The user's name at that time, or the command's."""
    created_at: Mapped[datetime]
    undo_begun_at: Mapped[datetime | None]
    """Since when it is being taken back; empty again once all of it is."""
    undone_at: Mapped[datetime | None]
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Change(Base):
    """One object that a change set touched."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    change_set_id: Mapped[int] = mapped_column(
        ForeignKey("change_set.id", ondelete="CASCADE"), index=True
    )
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int] = mapped_column(BigKey)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record_change(
    session: Session,
    change_set: ChangeSet,
    object_type: str,
    object_id: int,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Keep the fields of one object that differ; nothing is kept when nothing differs."""
    fields = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    if fields:
        session.add(
            Change(
                change_set_id=change_set.id,
                object_type=object_type,
                object_id=object_id,
                before={name: before.get(name) for name in fields},
                after={name: after.get(name) for name in fields},
            )
        )


@dataclass(frozen=True)
class Actor:
    """Who makes a change: a user, or (without an id) a command or a job."""

    id: int | None
    name: str


def facts_of(thing: Base | None) -> dict[str, Any]:
    """Return a row's columns as they may be kept; nothing of none, and no secret of any."""
    if thing is None:
        return {}
    columns = inspect(thing).mapper.column_attrs
    return {
        column.key: _plain(getattr(thing, column.key))
        for column in columns
        if column.key not in SECRET_FIELDS
    }


def note(
    session: Session,
    label: str,
    thing: Base,
    *,
    before: dict[str, Any],
    after: dict[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> ChangeSet:
    """Write into the history that `actor` did `label` to a stored thing; returns the line.

    `before` is what `facts_of` gave before the change; `after` is read from the thing unless given
    ({}: it is gone). What is kept of both are the fields that differ.
    """
    made = ChangeSet(
        kind=ChangeKind.EDIT,
        label=label[:200],
        actor_id=actor.id,
        actor=actor.name[:200],
        created_at=now,
    )
    session.add(made)
    # The change names the set and the thing by their ids.
    session.flush()
    record_change(
        session,
        made,
        thing.__tablename__,
        inspect(thing).mapper.primary_key_from_instance(thing)[0],
        before=before,
        after=facts_of(thing) if after is None else after,
    )
    return made


def _plain(value: Any) -> Any:
    """Return a column's value as JSON holds it."""
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value
