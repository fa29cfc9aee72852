"""Leases: which worker sends which range of a mailing's letters, 500 at a time.

A worker claims while it holds the dispatch's row, so that any number of workers, also on several
hosts, never hold overlapping ranges. A lease that expired belongs to nobody: whoever replays the
logbook of its worker knows what was sent; without that logbook all that is unsettled in it is in
doubt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from outreach.delivery.models import WAITING, Delivery, DeliveryState, Dispatch, Lease

SIZE = 500


@dataclass(frozen=True, slots=True)
class Range:
    """The letters lo..hi of a mailing, leased to one worker."""

    mailing_id: int
    lo: int
    hi: int


def claim(
    connection: Connection, mailing_id: int, worker: str, *, now: datetime, lasts: timedelta
) -> Range | None:
    """Lease the next range that holds a letter due now; None when there is none."""
    dispatch = connection.execute(
        select(Dispatch.recipients).where(Dispatch.mailing_id == mailing_id).with_for_update()
    ).one_or_none()
    lo = _first_free(connection, mailing_id, now) if dispatch else None
    if lo is None or dispatch is None:
        return None
    after = connection.scalar(
        select(func.min(Lease.lo)).where(Lease.mailing_id == mailing_id, Lease.lo > lo)
    )
    hi = min(lo + SIZE - 1, dispatch.recipients, (after or dispatch.recipients + 1) - 1)
    connection.execute(
        insert(Lease).values(
            mailing_id=mailing_id, lo=lo, hi=hi, worker=worker, expires_at=now + lasts
        )
    )
    return Range(mailing_id, lo, hi)


def _first_free(connection: Connection, mailing_id: int, now: datetime) -> int | None:
    return connection.scalar(
        select(func.min(Delivery.number)).where(
            Delivery.mailing_id == mailing_id, is_due(now), ~_is_leased()
        )
    )


def is_due(now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a delivery waits and its moment has come."""
    return and_(
        Delivery.state.in_(WAITING),
        or_(Delivery.next_try_at.is_(None), Delivery.next_try_at <= now),
    )


def _is_leased() -> ColumnElement[bool]:
    return exists(
        select(Lease.lo)
        .where(
            Lease.mailing_id == Delivery.mailing_id,
            Delivery.number.between(Lease.lo, Lease.hi),
        )
        .correlate(Delivery)
    )


def renew(connection: Connection, worker: str, *, now: datetime, lasts: timedelta) -> None:
    """Hold on to all ranges of a worker."""
    connection.execute(update(Lease).where(Lease.worker == worker).values(expires_at=now + lasts))


def release(connection: Connection, worker: str) -> None:
    """Give back all ranges of a worker; what is unsent in them is free for others."""
    connection.execute(delete(Lease).where(Lease.worker == worker))


def take_over_expired(connection: Connection, *, now: datetime, keep_host: str) -> int:
    """Free ranges of hosts that are gone; their unsettled letters are in doubt. Returns how many.

    Ranges of this host (`keep_host`) are freed by replaying its logbooks, which know better.
    """
    gone = connection.execute(
        select(Lease.mailing_id, Lease.lo, Lease.hi).where(
            Lease.expires_at < now, ~Lease.worker.startswith(keep_host, autoescape=True)
        ).with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for mailing_id, lo, hi in gone:
        connection.execute(
            update(Delivery)
            .where(
                Delivery.mailing_id == mailing_id,
                Delivery.number.between(lo, hi),
                Delivery.state == DeliveryState.QUEUED,
            )
            .values(doubted_at=now)
        )
        connection.execute(delete(Lease).where(Lease.mailing_id == mailing_id, Lease.lo == lo))
    return len(gone)
