"""Consent ledger, do-not-mail list and stops: all that sending reads of a person's will."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import BY_ITS_KEY, Base, BigKey


class Purpose(StrEnum):
    """What a person may agree to, each by itself."""

    NEWSLETTER = "newsletter"
    MEASUREMENT = "measurement"
    """Being followed individually: which letters I open, which briefs I download."""
    EVENT_INVITATION = "event_invitation"
    """Being invited to meetings and other events."""


class Basis(StrEnum):
    """On which ground of GDPR Art. 6(1) somebody is written to."""

    CONSENT = "consent"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    UNKNOWN = "unknown"
    """Kept and shown, never mailed."""


class ConsentState(StrEnum):
    """Where a person's consent to one purpose stands now."""

    PENDING = "pending"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class ConsentEntry(Base):
    """A line of the ledger: append-only, the proof GDPR Art. 7(1) asks for.

    Triggers of the databases refuse to change or delete one, save as the erasure empties it.
    Each line holds the whole standing of (person, list, purpose) from then on.
    """

    __tablename__ = "consent_entry"
    __table_args__ = (
        Index("ix_consent_entry_person", "stakeholder_id", "list_id", "purpose", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    stakeholder_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"))
    list_id: Mapped[int] = mapped_column(ForeignKey("list.id"))
    purpose: Mapped[Purpose]
    state: Mapped[ConsentState]
    basis: Mapped[Basis]
    wording_version: Mapped[str] = mapped_column(String(40), default="")
    wording_language: Mapped[str] = mapped_column(String(5), default="")
    source: Mapped[str] = mapped_column(String(400))
    requested_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    actor: Mapped[str] = mapped_column(String(200))
    """Who wrote the line: "the person", a user's name, a command."""
    mailing_id: Mapped[int | None]
    """The mailing whose letter led to it, where one did; no foreign key: mailings stand later."""
    change_set_id: Mapped[int | None] = mapped_column(ForeignKey("change_set.id"), index=True)
    recorded_at: Mapped[datetime]


class Consent(Base):
    """What the ledger says now, kept beside it in the same transaction so that it can be joined.

    A test derives it from the ledger and compares.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_list", "list_id", "purpose", "state", "stakeholder_id"),
        BY_ITS_KEY,
    )

    stakeholder_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("list.id"), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(primary_key=True)
    state: Mapped[ConsentState]
    basis: Mapped[Basis]
    since: Mapped[datetime]


class SuppressionReason(StrEnum):
    """Why an address must not be mailed."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"
    BY_HAND = "by_hand"


class Suppression(Base):
    """An address on the do-not-mail list, kept as a keyed fingerprint: it survives erasure."""

    __tablename__ = "suppression"
    __table_args__ = (
        # An address counts as blocked while one line without a release exists.
        Index("ix_suppression_fingerprint", "fingerprint", "released_at"),
        CheckConstraint("length(fingerprint) = 64", name="fingerprint_is_keyed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    reason: Mapped[SuppressionReason]
    evidence: Mapped[str] = mapped_column(String(400), default="")
    actor: Mapped[str] = mapped_column(String(200))
    mailing_id: Mapped[int | None]
    since: Mapped[datetime]
    released_at: Mapped[datetime | None]


class WithheldReason(StrEnum):
    """Why somebody in the audience gets no letter."""

    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    NO_BASIS = "no_basis"
    PAUSED = "paused"
    """The person asked for no letters for a while."""
    NOT_INVITED = "not_invited"
    """The person did not agree to be invited to events, or does so no more."""
    MONTHLY = "monthly"
    """The person asked for at most one letter a month and had this month's."""
    ERASED = "erased"
    LEFT_OUT = "left_out"
    """The mailing's audience leaves out a role or segment of the person."""
    RECEIVED = "received"
    """The person got another mailing, whose readers the audience leaves out."""
    TOO_MANY = "too_many"
    """The person got as many letters in 30 days as the network allows."""
    STOPPED = "stopped"
    """The person left after the mailing was fanned out."""


class Stop(Base):
    """A wish that senders must see at once: they read new rows before each batch and every 250 ms.

    Without `list_id` it stops every letter to the person; with one, that list's. `purpose` tells
    whether letters stop or only the measurement of the person.
    """

    __tablename__ = "stop"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    stakeholder_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    list_id: Mapped[int | None] = mapped_column(ForeignKey("list.id"))
    purpose: Mapped[Purpose]
    at: Mapped[datetime]
