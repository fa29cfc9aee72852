"""Forgetting whose letter it was: a withdrawal or an erasure reaches back to what was counted.

The letter stays counted, once, among people who were never followed; its delivery number goes from
every table of this room. Nothing that stays tells whose it was.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.delivery.models import Delivery
from outreach.stakeholders.models import Stakeholder, Stop
from outreach.tracking.counting import Identity, Tally
from outreach.tracking.figure_rows import add_figures, wait_for_turn
from outreach.tracking.following import letters, may_follow
from outreach.tracking.groups import load_groups
from outreach.tracking.models import Hit, Reader
from outreach.tracking.stored import ReaderKey, load_hits

RECENT = timedelta(minutes=15)
"""How far back stops are looked at each time: a row may appear late, and a worker may pause."""


def forget_person(session: Session, stakeholder_id: int) -> None:
    """Forget which letters were a person's: for an erasure, whatever the person agreed to.

    Also those whose person an earlier step of the same erasure has taken away already.
    """
    session.flush()  # deliveries may have been emptied in this very transaction
    connection = session.connection()
    wait_for_turn(connection)
    theirs = _letters_of(connection, [stakeholder_id])
    _forget(connection, or_(theirs, Delivery.stakeholder_id.is_(None)))


def forget_withdrawn(engine: Engine, *, now: datetime) -> int:
    """Forget letters of people who withdrew or left a moment ago; returns how many."""
    recent = select(Stop.stakeholder_id).where(Stop.at >= now - RECENT).distinct()
    with engine.connect() as connection:
        people = connection.scalars(recent).all()
        if not people:
            return 0
        theirs = and_(_letters_of(connection, people), _is_over())
        if connection.execute(_followed(theirs).limit(1)).first() is None:
            return 0
    return _forget_in_turn(engine, theirs)


def sweep(engine: Engine) -> int:
    """Forget every letter that may no longer be followed, for whatever reason; returns how many."""
    return _forget_in_turn(engine, _is_over())


def _is_over() -> ColumnElement[bool]:
    return or_(~may_follow(), Stakeholder.id.is_(None))


def _letters_of(connection: Connection, people: Collection[int]) -> ColumnElement[bool]:
    """Select the deliveries of people, and of those who were merged into them."""
    ids = connection.scalars(
        select(Stakeholder.id).where(
            or_(Stakeholder.id.in_(people), Stakeholder.merged_into_id.in_(people))
        )
    ).all()
    return Delivery.stakeholder_id.in_(ids)


def _followed(which: ColumnElement[bool]) -> Select[int, bytes, int]:
    """Select the readers whose letters are being followed, and their groups."""
    is_theirs = and_(Reader.mailing_id == Delivery.mailing_id, Reader.number == Delivery.number)
    return (
        letters()
        .join(Reader, is_theirs)
        .with_only_columns(Reader.mailing_id, Reader.key, Reader.group_no)
        .where(which)
    )


def _forget_in_turn(engine: Engine, which: ColumnElement[bool]) -> int:
    with transaction(engine) as connection:
        wait_for_turn(connection)
        return _forget(connection, which)


def _forget(connection: Connection, which: ColumnElement[bool]) -> int:
    rows = connection.execute(_followed(which)).all()
    groups = load_groups(connection, {mailing_id for mailing_id, _, _ in rows})
    moves = {
        (mailing_id, key): (group_no, groups[mailing_id].without_following(group_no))
        for mailing_id, key, group_no in rows
    }
    _move_figures(connection, moves)
    for (mailing_id, key), (_, group_no) in moves.items():
        connection.execute(
            update(Hit)
            .where(Hit.mailing_id == mailing_id, Hit.reader == key)
            .values(number=None, seconds_since_sent=None, group_no=group_no)
        )
        connection.execute(
            update(Reader)
            .where(Reader.mailing_id == mailing_id, Reader.key == key)
            .values(number=None, group_no=group_no)
        )
    return len(moves)


def _move_figures(connection: Connection, moves: dict[ReaderKey, tuple[int, int]]) -> None:
    """Let what the readers counted count in another group; totals stay."""
    changes = Tally()
    for (mailing_id, key), hits in load_hits(connection, moves).items():
        before, after = moves[mailing_id, key]
        judged = [(hit.fact, hit.judgement) for hit in hits]
        changes.add(Identity(mailing_id, before, is_letter=True), judged, sign=-1)
        changes.add(Identity(mailing_id, after, is_letter=True), judged)
    add_figures(connection, changes.figures())
