"""How long a mailing still takes: by how fast its letters have been leaving and what slows them.

Letters for slow domains, quiet hours and a warm-up plan go on long after the rest; the pace of the
last minute knows nothing of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.state import state
from outreach.delivery.domains import email_domain
from outreach.delivery.models import Delivery, Lease, is_waiting
from outreach.delivery.queries import Progress
from outreach.mail.forecast import Work, duration_words, ends_at, what_slows
from outreach.mail.pace import Pace, pace_of
from outreach.mail.warming import left_by_day
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender
from outreach.stakeholders.models import Stakeholder

COUNTED_AGAIN = timedelta(seconds=30)
"""Counting those who wait at slow domains looks at every waiting letter, and a page that asks every
two seconds need not: they are slow."""
_REMEMBERED = "outreach.delivery.remaining"


@dataclass(frozen=True, slots=True)
class _Counted:
    at: datetime
    by_domain: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Remaining:
    """How long it still takes."""

    minutes: int
    slowed_by: str
    """What else than the pace of the last minute decides it, in words; "" for nothing."""

    @property
    def words(self) -> str:
        """Say it as people would: "12 minutes", "3 hours"."""
        return duration_words(timedelta(minutes=self.minutes))


def remaining(
    session: Session, mailing_id: int, sending: Progress, *, now: datetime
) -> Remaining | None:
    """Return how long until those that may leave now have left; None when it cannot be told.

    Letters held or tried again later are not among them. Needs an application's context.
    """
    leaving = sending.waiting - sending.held - sending.later
    if leaving <= 0:
        return None
    settings = state().settings
    profile = session.get_one(Mailing, mailing_id).mailing_list.sender_profile
    sender = profile.from_address if profile else installation_sender(settings).email
    pace = pace_of(settings).of_sender(sender)
    slow = _at_slow_domains(session, mailing_id, pace, now) if pace.per_domain else {}
    if not sending.per_second and leaving > sum(slow.values()):
        return None
    plan = left_by_day(session.connection(), sender.rpartition("@")[2], now=now)
    if plan and (today := min(plan)) == now.date():
        # They were taken out of the day's number when they were leased.
        plan = {**plan, today: plan[today] + _leased(session, mailing_id)}
    # The last minute may have begun before somebody set a slower pace.
    rates = [rate for rate in (sending.per_second, pace.per_second) if rate]
    measured = replace(pace, per_second=min(rates, default=None))
    work = Work(leaving, slow, plan)
    end = ends_at(work, measured, now)
    if end is None:
        return None
    why = what_slows(work, measured, now, end)
    if not why and pace.quiet and end > pace.quiet.next_beginning(now):
        why = f"quiet hours, {pace.quiet}"
    return Remaining(max(1, round((end - now) / timedelta(minutes=1))), why)


def _at_slow_domains(
    session: Session, mailing_id: int, pace: Pace, now: datetime
) -> Mapping[str, int]:
    """Count the letters that wait for domains with a pace of their own."""
    remembered: dict[int, _Counted] = current_app.extensions.setdefault(_REMEMBERED, {})
    found = remembered.get(mailing_id)
    if found is None or not timedelta() <= now - found.at < COUNTED_AGAIN:
        domain = email_domain(session)
        rows = session.execute(
            select(domain, func.count())
            .join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
            .where(
                Delivery.mailing_id == mailing_id,
                is_waiting(),
                (Delivery.next_try_at.is_(None) | (Delivery.next_try_at <= now)),
                domain.in_(pace.per_domain),
            )
            .group_by(domain)
        )
        found = _Counted(now, {name: count for name, count in rows})  # noqa: C416 - types of rows
        for other in [one for one, seen in remembered.items() if now - seen.at > COUNTED_AGAIN]:
            remembered.pop(other, None)
        remembered[mailing_id] = found
    return found.by_domain


def _leased(session: Session, mailing_id: int) -> int:
    """Count the letters that workers hold and have not settled."""
    return session.execute(
        select(func.count())
        .select_from(Delivery)
        .join(
            Lease,
            (Lease.mailing_id == Delivery.mailing_id) & Delivery.number.between(Lease.lo, Lease.hi),
        )
        .where(Lease.mailing_id == mailing_id, is_waiting())
    ).scalar_one()
