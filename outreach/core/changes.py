"""Change sets: what an import, a bulk action, a merge or an edit changed, so it can be undone.

One table serves import reports, undo and the history of who did what. `before` and `after` hold
only the fields that differ; an erasure empties them (they may hold personal data).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.core.db import Base, BigKey


class ChangeKind(StrEnum):
    """What made the changes of a set."""

    EDIT = "edit"
    IMPORT = "import"
    BULK = "bulk"
    MERGE = "merge"
    UNDO = "undo"


class ChangeSet(Base):
    """Changes that were made together and are undone together."""

    __tablename__ = "change_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChangeKind]
    label: Mapped[str] = mapped_column(String(200))
    actor_id: Mapped[int | None]
    """The user's id; empty when a command or a job did it."""
    actor: Mapped[str] = mapped_column(String(200), default="")
    """The user's name at that time, or the command's."""
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Change(Base):
    """One object that a change set touched."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    change_set_id: Mapped[int] = mapped_column(ForeignKey("change_set.id", ondelete="CASCADE"))
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
