"""Warm-up plans: how many letters a new domain may send on each of its first days.

Receivers trust a domain that begins with few letters and sends more from day to day. While a plan
runs, letters are taken out of a day's number before they are laid out, in the same transaction as
the lease, so that any number of workers together keep to it. Days are days in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.mail.models import SentDay, WarmUp

PROPOSED = (50, 100, 200, 400, 800, 1_500, 3_000, 6_000, 12_000, 24_000)
"""Doubled from day to day; our own choice, as no receiver publishes one."""
MOST_DAYS = 90
MOST_LETTERS = 10_000_000


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of a plan."""

    day: date
    ceiling: int
    sent: int


def start(
    session: Session,
    domain: str,
    begins_on: date,
    ceilings: Sequence[int],
    *,
    actor: str,
    now: datetime,
) -> WarmUp:
    """Let a domain send at most `ceilings` letters on the days from `begins_on` on.

    Raises Refusal for numbers that make no plan, Conflict while another one runs.
    """
    if not 1 <= len(ceilings) <= MOST_DAYS or not all(1 <= n <= MOST_LETTERS for n in ceilings):
        raise Refusal(
            "A plan needs a number of letters for each day.", "For example: 50, 100, 200, 400."
        )
    if running(session.connection(), domain, now=now) is not None:
        raise Conflict(f"A plan for {domain} is running.", "Stop it first.")
    plan = WarmUp(
        domain=domain.lower(),
        begins_on=begins_on,
        ceilings=list(ceilings),
        started_at=now,
        started_by=actor[:200],
    )
    session.add(plan)
    session.flush()  # the page that follows needs its number
    return plan


def stop(plan: WarmUp, *, actor: str, now: datetime) -> None:
    """End a plan: the domain sends as fast as its pace allows. Stopped twice is stopped once."""
    if plan.stopped_at is None:
        plan.stopped_at, plan.stopped_by = now, actor[:200]


def plans(session: Session) -> Sequence[WarmUp]:
    """Return all plans, the newest first."""
    return session.scalars(select(WarmUp).order_by(WarmUp.id.desc()).limit(50)).all()


def is_running(plan: WarmUp, now: datetime) -> bool:
    """Whether a plan still holds letters back, or will."""
    return plan.stopped_at is None and _today(now) <= _last_day(plan.begins_on, plan.ceilings)


def days_of(session: Session, plan: WarmUp) -> list[PlanDay]:
    """Return a plan day by day, with what was sent."""
    rows = session.execute(
        select(SentDay.day, SentDay.letters).where(
            SentDay.domain == plan.domain,
            SentDay.day.between(plan.begins_on, _last_day(plan.begins_on, plan.ceilings)),
        )
    )
    sent = {day: letters for day, letters in rows}  # noqa: C416 - dict() of rows has no types
    days = (plan.begins_on + timedelta(days=n) for n in range(len(plan.ceilings)))
    return [
        PlanDay(day, ceiling, sent.get(day, 0))
        for day, ceiling in zip(days, plan.ceilings, strict=True)
    ]


def running(connection: Connection, domain: str, *, now: datetime) -> dict[date, int] | None:
    """Return the ceilings, by day, of the plan that runs for a domain; None without one."""
    found = connection.execute(_RUNNING, {"of_domain": domain.lower()}).one_or_none()
    if found is None or _today(now) > _last_day(*found):
        return None
    return {found[0] + timedelta(days=n): ceiling for n, ceiling in enumerate(found[1])}


_RUNNING = (
    select(WarmUp.begins_on, WarmUp.ceilings)
    .where(WarmUp.domain == bindparam("of_domain"), WarmUp.stopped_at.is_(None))
    .order_by(WarmUp.id.desc())
    .limit(1)
)


def left_by_day(connection: Connection, domain: str, *, now: datetime) -> dict[date, int] | None:
    """Return how many letters may leave on each day of the plan that runs; None without one."""
    ceilings = running(connection, domain, now=now)
    if ceilings is None:
        return None
    today = _today(now)
    return {
        day: max(ceiling - (_sent(connection, domain, day) if day == today else 0), 0)
        for day, ceiling in ceilings.items()
        if day >= today
    }


def take(connection: Connection, domain: str, letters: int, *, now: datetime) -> int | None:
    """Take up to `letters` out of today's number; returns how many, None where no plan says so."""
    ceilings, today = running(connection, domain, now=now), _today(now)
    if ceilings is None or today not in ceilings:
        return None
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        insert(SentDay).values(domain=domain.lower(), day=today, letters=0).on_conflict_do_nothing()
    )
    sent = connection.scalar(
        select(SentDay.letters).where(_is_day(domain, today)).with_for_update()
    )
    granted = max(min(letters, ceilings[today] - (sent or 0)), 0)
    _add(connection, domain, today, granted)
    return granted


def give_back(connection: Connection, domain: str, letters: int, *, day: date) -> None:
    """Return to a day's number what was taken and never offered to a server."""
    _add(connection, domain, day, -letters)


def begins_again(now: datetime) -> datetime:
    """Return when the next day begins."""
    return datetime.combine(_today(now) + timedelta(days=1), time(), tzinfo=UTC)


def _today(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _last_day(begins_on: date, ceilings: Sequence[int]) -> date:
    return begins_on + timedelta(days=len(ceilings) - 1)


def _is_day(domain: str, day: date) -> ColumnElement[bool]:
    return and_(SentDay.domain == domain.lower(), SentDay.day == day)


def _sent(connection: Connection, domain: str, day: date) -> int:
    return connection.scalar(select(SentDay.letters).where(_is_day(domain, day))) or 0


def _add(connection: Connection, domain: str, day: date, letters: int) -> None:
    if letters:
        connection.execute(
            update(SentDay).where(_is_day(domain, day)).values(letters=SentDay.letters + letters)
        )
