"""Waves: letters of one mailing that leave later than others, or wait to be let go.

The numbers of deliveries follow the order of the waves. What may leave is therefore one number, up
to which everything is due; letting a wave go is one row, however many letters it holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import Session

from outreach.delivery.models import Wave


@dataclass(frozen=True, slots=True)
class Part:
    """So many letters that leave at one moment; None: when they are let go."""

    size: int
    due_at: datetime | None


def lay_waves(connection: Connection, mailing_id: int, parts: Iterable[Part]) -> None:
    """Write the waves of a mailing, whose letters are numbered in the order of `parts`."""
    lo = 1
    for part in parts:
        if part.size:
            hi = lo + part.size - 1
            connection.execute(
                insert(Wave).values(mailing_id=mailing_id, lo=lo, hi=hi, due_at=part.due_at)
            )
            lo = hi + 1


def waves_of(connection: Connection | Session, mailing_id: int) -> Sequence[Wave]:
    """Return the waves of a mailing in their order; none where it leaves as a whole."""
    rows = connection.execute(
        select(Wave.lo, Wave.hi, Wave.due_at).where(Wave.mailing_id == mailing_id).order_by(Wave.lo)
    )
    return [Wave(mailing_id=mailing_id, lo=lo, hi=hi, due_at=due) for lo, hi, due in rows]


def due_up_to(waves: Sequence[Wave], recipients: int, now: datetime) -> int:
    """Return the last number that may leave now."""
    if not waves:
        return recipients
    due = [wave.hi for wave in waves if wave.due_at is not None and wave.due_at <= now]
    return max(due, default=0)


def let_go(connection: Connection | Session, mailing_id: int, *, now: datetime) -> None:
    """Let the letters go that wait for nothing but this."""
    connection.execute(
        update(Wave)
        .where(Wave.mailing_id == mailing_id, Wave.due_at.is_(None))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def moments_of(waves: Sequence[Wave], begun_at: datetime) -> tuple[tuple[int, datetime], ...]:
    """Return the first number of each wave with the moment its letters are dated from."""
    return tuple((wave.lo, max(wave.due_at or begun_at, begun_at)) for wave in waves)
