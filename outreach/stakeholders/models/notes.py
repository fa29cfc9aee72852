"""What staff log about their contact with a person."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class NoteKind(StrEnum):
    """What it was."""

    NOTE = "note"
    MEETING = "meeting"
    CALL = "call"

    @property
    def label(self) -> str:
        """As the screen writes it."""
        return self.value.capitalize()


class Note(Base):
    """A note, a meeting or a call; the person may ask to read it (GDPR Art. 15)."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_follow_up", "follow_up_on", "done_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stakeholder_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    kind: Mapped[NoteKind]
    text: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date]
    follow_up_on: Mapped[date | None]
    """When somebody means to come back to it."""
    done_at: Mapped[datetime | None]
    """When that was done; empty while it is open."""
    actor: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
