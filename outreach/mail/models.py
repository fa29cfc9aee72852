"""The outbox: one row per single letter, written with the change it tells of, sent afterwards."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Double, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class OutboxState(StrEnum):
    """What became of a single letter."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"
    """Given up after the last retry."""
    BOUNCED = "bounced"
    """Accepted, and a report of its return was read later."""


class OutboxLetter(Base):
    """A single letter: double opt-in, an answer, a reset, a notice."""

    __tablename__ = "outbox_letter"
    __table_args__ = (Index("ix_outbox_letter_due", "state", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(200), default="")
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    """With its angle brackets; the same on every retry, so that a receiver can see a double."""
    sender: Mapped[str] = mapped_column(String(500), default="")
    """As 'Name <address>'; empty: the installation's default sender."""
    reply_to: Mapped[str] = mapped_column(String(500), default="")
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(default=dict)
    subject_type: Mapped[str] = mapped_column(String(40), default="")
    """What it is about, with `subject_id`: "question", "stakeholder", …"""
    subject_id: Mapped[int | None]
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    """How often the server's word was missing after the whole letter was written (R3)."""
    next_try_at: Mapped[datetime]
    """When it is due; while it is being sent, when another worker may take it up again."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    reply_code: Mapped[int | None]
    reply: Mapped[str] = mapped_column(String(500), default="")


class WarmUp(Base):
    """A plan by which a new domain sends more letters from day to day."""

    __tablename__ = "warm_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(254), index=True)
    """Of the addresses letters are from."""
    begins_on: Mapped[date]
    ceilings: Mapped[list[int]]
    """The most letters of each day, from `begins_on` on; afterwards there is no ceiling."""
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(200))
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str] = mapped_column(String(200), default="")


class SentDay(Base):
    """How many letters of mailings left from a domain on a day (UTC) of its warm-up."""

    __tablename__ = "sent_day"

    domain: Mapped[str] = mapped_column(String(254), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    letters: Mapped[int]


class MailPace(Base):
    """What workers share of one limit of a mail server (`mail.permits`)."""

    __tablename__ = "mail_pace"

    name: Mapped[str] = mapped_column(String(600), primary_key=True)
    """The server, and the name of the limit."""
    free_at: Mapped[float] = mapped_column(Double)
    """From when on the next permits are free, in seconds since 1970."""
