"""Leases: which worker sends which range of a mailing's letters, 500 at a time.

A worker claims while it holds the dispatch's row, so that any number of workers, also on several
hosts, never hold overlapping ranges. A lease that expired belongs to nobody: whoever replays the
logbook of its worker knows what was sent; without that logbook all that is unsettled in it is in
doubt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Engine,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from outreach.core.db import UTCDateTime
from outreach.delivery.models import Delivery, Dispatch, Lease, is_waiting

SIZE = 500


@dataclass(frozen=True, slots=True)
class Range:
    """The letters lo..hi of a mailing, leased to one worker."""

    mailing_id: int
    lo: int
    hi: int


def claim(
    connection: Connection,
    mailing_id: int,
    worker: str,
    *,
    now: datetime,
    lasts: timedelta,
    last: int | None = None,
) -> Range | None:
    """Lease the next range that holds a letter due now, up to number `last` (None: all of them).

    None when there is none.

    Retries whose time has come go first, then what nobody has covered yet, which costs the same
    for the first and for the millionth letter, then what other leases have left over.
    """
    dispatch = connection.execute(_DISPATCH, {"of_mailing": mailing_id}).one_or_none()
    if dispatch is None:
        return None
    last = dispatch.recipients if last is None else last
    lo = (
        _first_retry(connection, mailing_id, now)
        or _first_uncovered(connection, mailing_id, dispatch.next_number, last)
        or _first_left_over(connection, mailing_id, last)
    )
    if lo is None:
        return None
    leased = _range(connection, mailing_id, lo, last)
    if leased.hi >= dispatch.next_number:
        connection.execute(_COVER, {"of_mailing": mailing_id, "next": leased.hi + 1})
    connection.execute(
        _LEASE,
        {
            "mailing_id": mailing_id,
            "lo": leased.lo,
            "hi": leased.hi,
            "worker": worker,
            "expires_at": now + lasts,
        },
    )
    return leased


def _range(connection: Connection, mailing_id: int, lo: int, last: int) -> Range:
    after = connection.scalar(_NEXT_LEASE, {"of_mailing": mailing_id, "lo": lo})
    return Range(mailing_id, lo, min(lo + SIZE - 1, last, (after or last + 1) - 1))


def _first_retry(connection: Connection, mailing_id: int, now: datetime) -> int | None:
    return connection.scalar(_FIRST_RETRY, {"of_mailing": mailing_id, "moment": now})


def _first_uncovered(connection: Connection, mailing_id: int, lo: int, last: int) -> int | None:
    over = connection.scalar(_LAST_LEASED, {"of_mailing": mailing_id, "lo": lo})
    first = lo if over is None else over + 1
    return first if first <= last else None


def _first_left_over(connection: Connection, mailing_id: int, last: int) -> int | None:
    return connection.scalar(_FIRST_LEFT_OVER, {"of_mailing": mailing_id, "last": last})


def has_due(connection: Connection, mailing_id: int, last: int, *, now: datetime) -> bool:
    """Say whether a letter up to number `last` waits and its moment has come.

    Two questions, each answered by the index of waiting letters: those of a later wave may be many.
    """
    waiting = select(Delivery.number).where(Delivery.mailing_id == mailing_id, is_waiting())
    new = waiting.where(Delivery.next_try_at.is_(None), Delivery.number <= last)
    retries = waiting.where(Delivery.next_try_at <= now)
    return any(connection.scalar(each.limit(1)) is not None for each in (new, retries))


def is_due(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Say in SQL whether a delivery waits and its moment has come."""
    return and_(
        is_waiting(),
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


# Every range asks these: written anew each time they would cost more than the database's answers.
_MAILING: BindParameter[int] = bindparam("of_mailing")
_DISPATCH = (
    select(Dispatch.recipients, Dispatch.next_number)
    .where(Dispatch.mailing_id == _MAILING)
    .with_for_update()
)
_COVER = (
    update(Dispatch).where(Dispatch.mailing_id == _MAILING).values(next_number=bindparam("next"))
)
_LEASE = insert(Lease)
_GIVE_BACK = delete(Lease).where(
    Lease.worker == bindparam("of_worker"),
    Lease.mailing_id == _MAILING,
    Lease.lo == bindparam("of_lo"),
)
_NEXT_LEASE = select(func.min(Lease.lo)).where(
    Lease.mailing_id == _MAILING, Lease.lo > bindparam("lo")
)
_LAST_LEASED = select(func.max(Lease.hi)).where(
    Lease.mailing_id == _MAILING, Lease.hi >= bindparam("lo")
)
_FIRST_RETRY = select(func.min(Delivery.number)).where(
    Delivery.mailing_id == _MAILING,
    is_waiting(),
    Delivery.next_try_at <= bindparam("moment", type_=UTCDateTime()),
    ~_is_leased(),
)
_FIRST_LEFT_OVER = select(func.min(Delivery.number)).where(
    Delivery.mailing_id == _MAILING,
    is_waiting(),
    Delivery.next_try_at.is_(None),
    Delivery.number <= bindparam("last"),
    ~_is_leased(),
)


def shorten(connection: Connection, leased: Range, hi: int) -> None:
    """Give back what lies beyond `hi` of a range."""
    connection.execute(
        update(Lease)
        .where(Lease.mailing_id == leased.mailing_id, Lease.lo == leased.lo)
        .values(hi=hi)
    )


def renew(
    connection: Connection, worker: str, *, now: datetime, lasts: timedelta
) -> set[tuple[int, int]]:
    """Hold on to all ranges of a worker; returns (mailing, first number) of those still its own."""
    connection.execute(update(Lease).where(Lease.worker == worker).values(expires_at=now + lasts))
    held = connection.execute(select(Lease.mailing_id, Lease.lo).where(Lease.worker == worker))
    return {(mailing_id, lo) for mailing_id, lo in held}


def holds_any(engine: Engine, worker: str) -> bool:
    """Whether a worker holds any range."""
    with engine.connect() as reading:
        return reading.scalar(select(Lease.lo).where(Lease.worker == worker).limit(1)) is not None


def release(connection: Connection, worker: str, only: Iterable[Range] | None = None) -> None:
    """Give back ranges of a worker, all of them unless told; others are free to take the rest."""
    if only is None:
        connection.execute(delete(Lease).where(Lease.worker == worker))
        return
    for leased in only:
        connection.execute(
            _GIVE_BACK,
            {"of_worker": worker, "of_mailing": leased.mailing_id, "of_lo": leased.lo},
        )


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
                is_waiting(),
            )
            .values(doubted_at=now)
        )
        connection.execute(delete(Lease).where(Lease.mailing_id == mailing_id, Lease.lo == lo))
    return len(gone)
