"""Writing down what became of letters: in groups, in one short transaction each."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Update, bindparam, delete, func, or_, select, text, update
from sqlalchemy.engine import Connection

from outreach.core.db import UTCDateTime, session_within
from outreach.delivery import lately
from outreach.delivery.figures import Moves, move
from outreach.delivery.judging import Result
from outreach.delivery.logbook import Mark
from outreach.delivery.models import (
    WAITING,
    Delivery,
    DeliveryState,
    Dispatch,
    Lease,
    MailingKey,
    is_waiting,
)
from outreach.mail.replies import BounceClass
from outreach.stakeholders.models import Stakeholder, SuppressionReason
from outreach.stakeholders.suppressions import suppress

ACTOR = "the sender"
FINAL = frozenset(DeliveryState) - set(WAITING)


def settle(
    connection: Connection, mailing_id: int, results: Collection[Result], *, now: datetime
) -> None:
    """Write the results of tries; a delivery that is settled already is left as it is."""
    moves = Moves()
    accepted = [one for one in results if one.state is DeliveryState.ACCEPTED and one.is_attempt]
    if accepted:
        groups = _settle_accepted(connection, mailing_id, accepted, now)
        moves.update({(no, DeliveryState.ACCEPTED): n for no, n in groups.items()})
    others = [one for one in results if one.state is not DeliveryState.ACCEPTED]
    moves.update(_ending(connection, mailing_id, others))
    for is_doubted in (False, True):
        rows = [_row(result, now) for result in others if result.is_doubted is is_doubted]
        if rows:
            connection.execute(_statement(mailing_id, now if is_doubted else None), rows)
    hard = [one for one in results if one.bounce_class is BounceClass.HARD]
    _suppress(connection, mailing_id, hard, now)
    move(connection, mailing_id, moves)
    if taken := sum(n for (_, state), n in moves.items() if state is DeliveryState.ACCEPTED):
        lately.add(connection, mailing_id, taken, now=now)


def _ending(connection: Connection, mailing_id: int, others: Collection[Result]) -> Moves:
    """Return which letters these results settle for good, before they are written."""
    ends = {one.number: one.state for one in others if one.state in FINAL}
    if not ends:
        return Moves()
    rows = connection.execute(
        select(Delivery.number, Delivery.group_no)
        .where(Delivery.mailing_id == mailing_id, Delivery.number.in_(ends), is_waiting())
        .order_by(Delivery.number)
        .with_for_update()
    )
    return Moves((group_no, ends[number]) for number, group_no in rows)


def _settle_accepted(
    connection: Connection, mailing_id: int, accepted: Collection[Result], now: datetime
) -> dict[int | None, int]:
    """Write the common case, as plainly as each database likes it: every letter pays for it.

    Returns how many letters of each group it was.
    """
    if connection.dialect.name == "postgresql":
        # One statement for all: a round trip for each would cost five times as much.
        rows = json.dumps([[one.number, one.code, one.reply] for one in accepted])
        values = {"mailing_id": mailing_id, "now": now, "rows": rows}
        return dict(connection.execute(_ACCEPTED_AT_ONCE, values).all())
    numbers = json.dumps([one.number for one in accepted])
    groups = connection.exec_driver_sql(_GROUPS_OF, (mailing_id, numbers)).all()
    written_now = _process_now(connection.dialect)(now)
    connection.exec_driver_sql(
        _ACCEPTED,
        [(written_now, one.code, one.reply, mailing_id, one.number) for one in accepted],
    )
    return dict(groups)


@cache
def _process_now(dialect: Dialect) -> Callable[[datetime], object]:
    """Return what writes a moment as the database's driver takes it."""
    process = UTCDateTime().dialect_impl(dialect).bind_processor(dialect)
    assert process is not None  # our type always has one
    return process


_NOW = bindparam("now", type_=UTCDateTime())
_ACCEPTED = (
    "UPDATE delivery SET state = 'accepted', reason = NULL, next_try_at = NULL, settled_at = ?,"
    " bounce_class = NULL, attempts = attempts + 1, reply_code = ?, reply = ?"
    " WHERE mailing_id = ? AND number = ? AND state IN ('queued', 'deferred')"
)
_GROUPS_OF = (
    # The plus keeps SQLite to the key: the index of waiting letters holds all of a mailing.
    "SELECT group_no, count(*) FROM delivery WHERE mailing_id = ?"
    " AND number IN (SELECT value FROM json_each(?)) AND +state IN ('queued', 'deferred')"
    " GROUP BY group_no"
)
_ACCEPTED_AT_ONCE = text(
    "WITH moved AS ("
    "UPDATE delivery SET state = 'accepted', reason = NULL, next_try_at = NULL, settled_at = :now,"
    " bounce_class = NULL, attempts = attempts + 1, reply_code = one.code, reply = one.said"
    # The fence of OFFSET 0 and the empty text keep PostgreSQL to the key. Until it has looked at a
    # mailing's new rows it takes their index of waiting letters for empty, and reads all of them.
    " FROM (SELECT CAST(:mailing_id AS integer) AS mailing_id, (row ->> 0)::integer AS number,"
    " (row ->> 1)::integer AS code, row ->> 2 AS said"
    " FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS row OFFSET 0) AS one"
    " WHERE delivery.mailing_id = one.mailing_id AND delivery.number = one.number"
    " AND state || '' IN ('queued', 'deferred') RETURNING group_no)"
    " SELECT group_no, count(*) FROM moved GROUP BY group_no"
).bindparams(_NOW)


def _suppress(
    connection: Connection, mailing_id: int, hard: Collection[Result], now: datetime
) -> None:
    """Put addresses that do not exist on the do-not-mail list; the evidence names nobody (B3)."""
    if not hard:
        return
    said = {result.number: f"{result.code} {result.reply.partition(' ')[0]}" for result in hard}
    people = connection.execute(
        select(Delivery.number, Stakeholder.id, Stakeholder.fingerprint)
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(
            Delivery.mailing_id == mailing_id,
            Delivery.number.in_(said),
            Stakeholder.fingerprint.is_not(None),
        )
    ).all()
    with session_within(connection) as session:
        for number, stakeholder_id, fingerprint in people:
            assert fingerprint is not None  # asked for above
            suppress(
                session,
                fingerprint,
                SuppressionReason.BOUNCED,
                evidence=f"The mail server refused the address: {said[number]}",
                actor=ACTOR,
                now=now,
                mailing_id=mailing_id,
                stakeholder_id=stakeholder_id,
            )


def _statement(mailing_id: int, doubted_at: datetime | None) -> Update:
    values: dict[str, Any] = {
        "state": bindparam("to_state"),
        "reason": bindparam("to_reason"),
        "bounce_class": bindparam("to_class"),
        "reply_code": bindparam("to_code"),
        "reply": bindparam("to_reply"),
        "next_try_at": bindparam("to_next_try_at"),
        "settled_at": bindparam("to_settled_at"),
        "attempts": Delivery.attempts + bindparam("more_attempts"),
    }
    if doubted_at is not None:
        values["doubted_at"] = doubted_at
    table = Delivery.__table__
    return (
        update(table)  # type: ignore[arg-type]  # a Table, though typed as FromClause
        .where(
            table.c.mailing_id == mailing_id,
            table.c.number == bindparam("of_number"),
            # Spelled out: an IN list cannot be used with many rows at once.
            or_(*(table.c.state == waiting for waiting in WAITING)),
        )
        .values(values)
    )


def _row(result: Result, now: datetime) -> Mapping[str, object]:
    return {
        "of_number": result.number,
        "to_state": result.state,
        "to_reason": result.reason,
        "to_class": result.bounce_class.value if result.bounce_class else None,
        "to_code": result.code,
        "to_reply": result.reply,
        "to_next_try_at": result.next_try_at,
        "to_settled_at": now if result.state in FINAL else None,
        "more_attempts": int(result.is_attempt),
    }


def settle_replayed(
    connection: Connection, marks: Mapping[tuple[int, int], Mark], *, now: datetime
) -> None:
    """Write what a logbook knows: accepted letters are sent; what was in hand is in doubt."""
    known: dict[int, list[Result]] = defaultdict(list)
    for (mailing_id, number), mark in marks.items():
        if mark is Mark.ACCEPTED:
            known[mailing_id].append(
                Result(number, DeliveryState.ACCEPTED, 250, "Accepted (from the logbook)")
            )
        elif mark is Mark.IN_HAND:
            known[mailing_id].append(
                Result(number, DeliveryState.QUEUED, reply="In hand when it ended", is_doubted=True)
            )
    for mailing_id, results in sorted(known.items()):
        settle(connection, mailing_id, results, now=now)


def waiting_numbers(connection: Connection, mailing_id: int) -> int:
    """Return how many letters of a mailing are still to be sent."""
    return (
        connection.scalar(
            select(func.count()).where(Delivery.mailing_id == mailing_id, is_waiting())
        )
        or 0
    )


def cancel_waiting(connection: Connection, mailing_id: int, *, now: datetime) -> None:
    """Mark what has not left as cancelled."""
    groups = connection.scalars(
        update(Delivery)
        .where(Delivery.mailing_id == mailing_id, is_waiting())
        .values(state=DeliveryState.CANCELLED, settled_at=now, next_try_at=None)
        .returning(Delivery.group_no)
    )
    moves = Moves((group_no, DeliveryState.CANCELLED) for group_no in groups)
    move(connection, mailing_id, moves)


def close_dispatch(connection: Connection, mailing_ids: Iterable[int], *, now: datetime) -> None:
    """End dispatches whose last letter and retry is settled, and destroy their mailings' keys.

    From then on no stored data and no key of ours leads from a nonce to a person.
    """
    for mailing_id in mailing_ids:
        connection.execute(delete(MailingKey).where(MailingKey.mailing_id == mailing_id))
        connection.execute(delete(Lease).where(Lease.mailing_id == mailing_id))
        connection.execute(
            update(Dispatch)
            .where(Dispatch.mailing_id == mailing_id, Dispatch.settled_at.is_(None))
            .values(settled_at=now)
        )
