"""The delivery ledger: one row per mailing and person, the token groups, and who works on what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    bindparam,
    text,
    type_coerce,
)
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base
from outreach.stakeholders.models import Tier, WithheldReason


class DeliveryState(StrEnum):
    """What became of one letter."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    """The SMTP server took it: "Sent". Whether it was delivered, only the other side knows."""
    DEFERRED = "deferred"
    """Refused for now; tried again at `next_try_at`."""
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    """The server's word was missing twice after the whole letter: it may have arrived, once or
    twice, and is not sent again by itself."""
    BOUNCED = "bounced"
    WITHHELD = "withheld"
    CANCELLED = "cancelled"


WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
"""The states of letters that are still to be sent."""


def is_waiting() -> ColumnElement[bool]:
    """Say in SQL whether a letter is still to be sent.

    The states stand in the statement itself: SQLite uses the index of waiting letters only where
    it can read that they are meant.
    """
    states = [state.value for state in WAITING]
    words = bindparam("waiting", states, String, expanding=True, literal_execute=True)
    return type_coerce(Delivery.state, String).in_(words)


class Dispatch(Base):
    """A mailing's way through delivery: made by the fan-out, ended when all is settled."""

    __tablename__ = "dispatch"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"), primary_key=True)
    fanned_out_at: Mapped[datetime]
    tried_since: Mapped[datetime | None]
    """From when on retries are counted, once it was sent again to those who did not get it."""
    recipients: Mapped[int]
    """Deliveries 1..recipients get a letter; higher numbers are the withheld."""
    withheld: Mapped[int]
    next_number: Mapped[int] = mapped_column(default=1)
    """The first number no lease has covered yet."""
    transport: Mapped[str] = mapped_column(String(20))
    """Either "smtp" or "catcher" for letters that never left this machine."""
    tracking: Mapped[str] = mapped_column(String(20))
    """The tracking mode its letters were made under."""
    threshold: Mapped[int]
    """k: the least number of letters a token group of unmeasured people may have."""
    winner: Mapped[str] = mapped_column(String(10), default="")
    """The subject line that those get who waited for the end of a test; empty until chosen."""
    settled_at: Mapped[datetime | None]


class Wave(Base):
    """Letters of a mailing that leave at a moment of their own: a range of their numbers.

    A mailing without any leaves as a whole. Waves follow each other in the order of their moments,
    so that those whose moment has come are always the first numbers.
    """

    __tablename__ = "wave"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("dispatch.mailing_id"), primary_key=True)
    lo: Mapped[int] = mapped_column(primary_key=True)
    hi: Mapped[int]
    due_at: Mapped[datetime | None]
    """Empty for those that wait until somebody, or the end of a test, lets them go."""


class Delivery(Base):
    """One mailing to one stakeholder, with what was true of the person when it was made.

    That its dispatch, its token group and its role are there, no foreign key looks at each row: the
    first two are written with it by the one fan-out, in one transaction, and never deleted; the
    role is copied from `StakeholderRole`, which has such a key, and is archived, never deleted.
    Each key took 110 ms of PostgreSQL's time for 50,000 deliveries, and the first letter waits for
    the last of them (measured).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        # One copy each: a person cannot be queued twice for the same mailing. By person first, so
        # that it finds the letters of one as well, and no other index needs to be written.
        Index("uq_delivery_person", "stakeholder_id", "mailing_id", unique=True),
        Index(
            "ix_delivery_waiting",
            "mailing_id",
            "next_try_at",
            "number",
            sqlite_where=text("state IN ('queued', 'deferred')"),
            postgresql_where=text("state IN ('queued', 'deferred')"),
        ),
        # The few letters that nobody has, whatever the mailing's size.
        Index(
            "ix_delivery_returned",
            "mailing_id",
            sqlite_where=text("bounce_class IS NOT NULL"),
            postgresql_where=text("bounce_class IS NOT NULL"),
        ),
        # And those that may have arrived twice; a mailing's progress counts them at every look.
        Index(
            "ix_delivery_doubted",
            "mailing_id",
            sqlite_where=text("doubted_at IS NOT NULL"),
            postgresql_where=text("doubted_at IS NOT NULL"),
        ),
    )

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stakeholder_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder.id"))
    """Empty once the person is erased."""
    state: Mapped[DeliveryState]
    reason: Mapped[WithheldReason | None]
    roles: Mapped[list[int]]
    """All roles held at that moment (role ids)."""
    role_id: Mapped[int | None]
    """The reporting role: the first of `roles` by precedence; every table "by role" uses it."""
    tier: Mapped[Tier | None]
    country: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(5))
    variant: Mapped[str] = mapped_column(String(40), default="")
    arm: Mapped[str] = mapped_column(String(10), default="")
    """The subject line it was tried with; empty for letters of no test, and for the rest of one,
    which gets the winner's."""
    group_no: Mapped[int | None]
    is_personal: Mapped[bool] = mapped_column(default=False)
    """Whether the letter carries a personal measure token (re-checked at every hit)."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When the server accepted or refused it for good."""
    doubted_at: Mapped[datetime | None]
    """Set when an answer was lost: it may have arrived twice, with the same Message-ID."""
    bounce_class: Mapped[str | None] = mapped_column(String(10))
    """What a refusal or a bounce says of the address: hard, soft or blocked."""
    bounced_at: Mapped[datetime | None]
    """When a report of its return was read."""
    reply_code: Mapped[int | None]
    reply: Mapped[str] = mapped_column(String(300), default="")


class TokenGroup(Base):
    """Letters counted together; a dimension that was folded to reach k letters is empty."""

    __tablename__ = "token_group"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("dispatch.mailing_id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id"))
    tier: Mapped[Tier | None]
    country: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str | None] = mapped_column(String(5))
    variant: Mapped[str | None] = mapped_column(String(40))
    arm: Mapped[str | None] = mapped_column(String(10))
    folded: Mapped[list[str]] = mapped_column(default=list)
    """The dimensions that were merged away: empty there means "several", not "none"."""
    size: Mapped[int]
    is_personal: Mapped[bool]
    """Whether its members agreed to be measured individually."""
    is_measured: Mapped[bool]
    """False where fewer than k people of the whole mailing would share it: no measuring token."""


class DeliveryFigure(Base):
    """How many letters of one token group are in which state, moved along with the deliveries.

    A report of a large mailing reads these few rows; what is in no column is still to be sent.
    """

    __tablename__ = "delivery_figure"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("dispatch.mailing_id"), primary_key=True)
    group_no: Mapped[int] = mapped_column(primary_key=True)
    """0 for people who were withheld before letters were grouped."""
    letters: Mapped[int] = mapped_column(default=0)
    """All of them, whatever became of them."""
    accepted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    in_doubt: Mapped[int] = mapped_column(default=0)
    bounced: Mapped[int] = mapped_column(default=0)
    withheld: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)


class AcceptedLately(Base):
    """How many letters of a mailing were accepted within ten seconds; kept for a minute or so."""

    __tablename__ = "accepted_lately"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("dispatch.mailing_id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    """Which of the few rows; they are written over in turn."""
    slot: Mapped[int]
    """Tens of seconds since 1970."""
    accepted: Mapped[int]


class MailingKey(Base):
    """The perishable key under which a mailing's nonces are made; its row is deleted, and with it
    every way from a nonce to a person, once the last letter and retry is settled."""

    __tablename__ = "mailing_key"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("dispatch.mailing_id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))


class Lease(Base):
    """A range of deliveries one worker is sending; taken over once it expires."""

    __tablename__ = "lease"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("dispatch.mailing_id"), primary_key=True)
    lo: Mapped[int] = mapped_column(primary_key=True)
    hi: Mapped[int]
    worker: Mapped[str] = mapped_column(String(100), index=True)
    """Names the worker's own directory, where its journal is."""
    expires_at: Mapped[datetime]


class DomainHold(Base):
    """A recipients' domain whose gateway refused letter after letter; held back until a moment."""

    __tablename__ = "domain_hold"

    domain: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    """When it is tried again by itself; in the past once that is over."""
    times: Mapped[int]
    """How often in a row, so that it is held longer each time."""
    said: Mapped[str] = mapped_column(String(300))
    """The last refusal."""
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"))
    """The mailing whose letters showed it."""
    told_at: Mapped[datetime | None]
    """When whoever made the mailing was told by mail."""
