"""What came back, counted and listed; the do-not-mail list with the person behind each line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from outreach.core.leases import Job
from outreach.inbox.models import InboundKind, InboundMail
from outreach.mailings.models import Mailing
from outreach.stakeholders.models import Stakeholder, Suppression, SuppressionReason
from outreach.stakeholders.suppressions import has_fingerprint

WAS_READ = "inbox.was_read"
"""The job whose beginning is when the mailbox was last read to its end."""
SILENCE = timedelta(minutes=15)
"""It is read once a minute; after so long without success somebody has to look."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether the mailbox is read, as the pages tell it."""

    last: datetime | None
    """When it was last read to its end."""
    is_silent: bool


def reading(session: Session, *, now: datetime) -> Reading:
    """Say when the mailbox was last read, and whether that is too long ago."""
    last = session.scalar(select(Job.started_at).where(Job.name == WAS_READ))
    return Reading(last, last is None or now - last > SILENCE)


@cache
def counting_open() -> Select[int]:
    """Say how to count the messages that wait for somebody to look; always the same statement."""
    return select(func.count(InboundMail.id)).where(InboundMail.is_open)


def counts(session: Session) -> Mapping[InboundKind, int]:
    """Return how many messages of each kind there are."""
    rows = session.execute(select(InboundMail.kind, func.count()).group_by(InboundMail.kind))
    return dict(rows.all())


def messages(
    session: Session, kind: InboundKind | None, *, only_open: bool, offset: int, limit: int
) -> Sequence[Row[InboundMail, str | None]]:
    """Return messages, the newest first, with the title of their mailing."""
    wanted = select(InboundMail, Mailing.title).outerjoin(
        Mailing, Mailing.id == InboundMail.mailing_id
    )
    if kind is not None:
        wanted = wanted.where(InboundMail.kind == kind)
    if only_open:
        wanted = wanted.where(InboundMail.is_open)
    newest = wanted.order_by(InboundMail.received_at.desc(), InboundMail.id.desc())
    return session.execute(newest.offset(offset).limit(limit)).all()


def suppressions(
    session: Session, reason: SuppressionReason | None, *, offset: int, limit: int
) -> Sequence[Row[Suppression, int | None, str | None, str | None]]:
    """Return unreleased lines of the do-not-mail list with their person, where there is one."""
    wanted = (
        select(Suppression, Stakeholder.id, Stakeholder.name, Stakeholder.email)
        .outerjoin(
            Stakeholder,
            has_fingerprint(Suppression.fingerprint) & Stakeholder.erased_at.is_(None),
        )
        .where(Suppression.released_at.is_(None))
    )
    if reason is not None:
        wanted = wanted.where(Suppression.reason == reason)
    newest = wanted.order_by(Suppression.since.desc(), Suppression.id.desc())
    return session.execute(newest.offset(offset).limit(limit)).all()


def suppression_counts(session: Session) -> Mapping[SuppressionReason, int]:
    """Return how many addresses stand on the do-not-mail list for each reason."""
    rows = session.execute(
        select(Suppression.reason, func.count())
        .where(Suppression.released_at.is_(None))
        .group_by(Suppression.reason)
    )
    return dict(rows.all())
