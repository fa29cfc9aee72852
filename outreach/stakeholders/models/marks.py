"""Marks: which roles a person holds, a bit each, beside the person.

An index tells them with country and level, so that a million people are counted by it alone: six
roles in a quarter of the time that looking up who holds them takes (measured on both databases).

A bit stands for a role that has begun and of which no end is known: time changes nothing about
those. Another one says that somebody has terms whose end is known and lies ahead; an index finds
these terms. Whoever has a term to come with no end has no marks at all, and their terms are asked.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    cast,
    event,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session, UOWTransaction

from outreach.core import clock
from outreach.stakeholders.models.people import Stakeholder, StakeholderRole

LAST = 61
"""The last role id with a bit: eight bytes with a sign hold it on either database."""
ENDS = 1 << 62
"""The mark of whoever has a term whose end lies ahead; no other is as large."""
AT_ONCE = 1_000
MOST_REMEMBERED = 4_096
"""Of a file's people thousands hold the same roles."""


def mark(connection: Connection, whom: ColumnElement[bool], *, now: datetime) -> None:
    """Write the marks of the people `whom` finds anew; whoever writes terms past the session does.

    What the session writes is marked by itself.
    """
    if connection.dialect.name == "postgresql":
        # Two who change a person's roles wait for each other here; the second one's next statement
        # sees what the first one wrote.
        locked = select(Stakeholder.id).where(whom).order_by(Stakeholder.id)
        connection.execute(locked.with_for_update(key_share=True))
    # Nobody's `updated_at` moves: nothing was learned about them.
    table: Any = Stakeholder.__table__
    connection.execute(update(table).where(whom).values(role_marks=marks_at(now)))


def marks_at(now: datetime) -> ColumnElement[int | None]:
    """Return the marks that `Stakeholder` is to have, of the terms as they are."""
    term = StakeholderRole
    has_begun_for_good = and_(term.until.is_(None), term.since <= now, term.role_id <= LAST)
    is_to_be_asked = and_(term.until.is_(None), ~has_begun_for_good)
    bit = case(
        (has_begun_for_good, bit_of(term.role_id)),
        (term.until > now, literal(ENDS, BigInteger)),
        else_=0,
    )
    return (
        select(
            case(
                (func.max(case((is_to_be_asked, 1), else_=0)) == 1, null()),
                else_=func.coalesce(cast(func.sum(bit.distinct()), BigInteger), 0),
            )
        )
        .where(term.stakeholder_id == Stakeholder.id)
        .correlate(Stakeholder)
        .scalar_subquery()
    )


def bit_of(role_id: ColumnElement[int] | Any) -> ColumnElement[int]:
    """Return the bit that stands for a role."""
    return literal(1, BigInteger).bitwise_lshift(role_id)


@lru_cache(MOST_REMEMBERED)
def marks_of(role_ids: tuple[int, ...]) -> int | None:
    """Return the marks of somebody who holds these roles and no other, with no end known."""
    if any(role_id > LAST for role_id in role_ids):
        return None
    return sum(1 << role_id for role_id in set(role_ids))


@event.listens_for(Session, "after_flush")
def _mark_what_was_written(session: Session, _work: UOWTransaction) -> None:
    touched = {one.id for one in session.new if isinstance(one, Stakeholder)}
    for one in (*session.new, *session.dirty, *session.deleted):
        if isinstance(one, StakeholderRole):
            touched.add(one.stakeholder_id)
    ids = sorted(touched)
    for start in range(0, len(ids), AT_ONCE):
        whom = Stakeholder.id.in_(ids[start : start + AT_ONCE])
        mark(session.connection(), whom, now=clock.now())
