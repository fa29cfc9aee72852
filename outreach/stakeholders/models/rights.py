"""Rights over one's own data: links that open it once, and requests with their one-month clock."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.stakeholders.models.people import Stakeholder


class OwnLinkKind(StrEnum):
    """What a link of this kind does once its button is pressed."""

    DATA = "data"
    ERASE = "erase"
    ADDRESS = "address"


class OwnLink(Base):
    """A link that was mailed to an address; it works once and for a short time."""

    __tablename__ = "own_link"
    __table_args__ = (Index("ix_own_link_address", "fingerprint", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OwnLinkKind]
    fingerprint: Mapped[str] = mapped_column(String(64))
    stakeholder_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    """Empty where nothing is held for the address, which the letter then says."""
    new_email: Mapped[str | None] = mapped_column(String(254))
    """The address to be used from now on, in a link that confirms one."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]


class RequestKind(StrEnum):
    """What somebody asked for, by the article of the GDPR that grants it."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The request as the screen writes it."""
        return _LABELS[self]


_LABELS = {
    RequestKind.ACCESS: "See their data (Art. 15)",
    RequestKind.CORRECTION: "Correct their data (Art. 16)",
    RequestKind.ERASURE: "Erase their data (Art. 17)",
    RequestKind.PORTABILITY: "Take their data along (Art. 20)",
    RequestKind.OBJECTION: "Object to being written to (Art. 21)",
    RequestKind.OTHER: "Something else",
}


class RightsRequest(Base):
    """A person's request that must be answered within a month (GDPR Art. 12(3))."""

    __tablename__ = "rights_request"
    __table_args__ = (Index("ix_rights_request_open", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RequestKind]
    stakeholder_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(400), default="")
    recorded_by: Mapped[str] = mapped_column(String(200))
    """ "the person", or the user who was asked by mail or phone."""
    done_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(400), default="")
    done_by: Mapped[str] = mapped_column(String(200), default="")

    stakeholder: Mapped[Stakeholder] = relationship()

    def days_left(self, now: datetime) -> int:
        """Return the days until an answer is due; negative when it is late."""
        return (self.due_at.date() - now.date()).days
