"""Mail that came back: one row for each message, with its raw bytes and what was done about it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base, BigKey


class InboundKind(StrEnum):
    """What a message turned out to be."""

    BOUNCE = "bounce"
    NOTICE = "notice"
    """A report of a delay or a success: nothing to do."""
    COMPLAINT = "complaint"
    FEEDBACK = "feedback"
    """A report of a provider that is no complaint (not-spam, auth-failure, virus)."""
    AUTOMATIC = "automatic"
    """A program wrote by itself: an absence, a receipt, an answer to an invitation, a list."""
    PERSON = "person"
    """Somebody wrote."""
    UNREADABLE = "unreadable"
    """In quarantine: kept as it came."""


class InboundMail(Base):
    """One message of the mailbox; the same message twice is one row (B9)."""

    __tablename__ = "inbound_mail"
    __table_args__ = (Index("ix_inbound_mail_kind", "kind", "received_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """What stands for the message, whichever way it comes (`inbox.sameness`)."""
    received_at: Mapped[datetime]
    kind: Mapped[InboundKind]
    bounce_class: Mapped[str | None] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20), default="")
    """Enhanced status code or feedback type, as it was reported."""
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"), index=True)
    number: Mapped[int | None]
    """Whose letter it answers, by the signed token alone; empty when there was none."""
    stakeholder_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    sender: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    said: Mapped[str] = mapped_column(String(400), default="")
    """The other server's own words."""
    effect: Mapped[str] = mapped_column(String(200), default="")
    """What was done about it."""
    is_open: Mapped[bool] = mapped_column(default=False)
    """Whether it waits for a person to look."""
    message_id: Mapped[str] = mapped_column(String(200), default="", index=True)
    """Of what a person wrote: the same mail that comes by two ways is one (B7)."""
    question_id: Mapped[int | None] = mapped_column(
        ForeignKey("question.id", ondelete="SET NULL"), index=True
    )
    """The thread it became, or went on."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class MailboxOutage(Base):
    """That the mailbox cannot be read; one row while it cannot, none while it is read."""

    __tablename__ = "mailbox_outage"

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    said: Mapped[str] = mapped_column(String(500))
    remedy: Mapped[str] = mapped_column(String(500))
    told_at: Mapped[datetime | None]
    """When administrators were told by mail; empty while it is too short to bother them."""
