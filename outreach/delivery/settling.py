"""Writing down what became of letters: in groups, in one short transaction each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam, delete, func, or_, select, update
from sqlalchemy.engine import Connection

from outreach.core.db import session_within
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
from outreach.stakeholders.models import Stakeholder, SuppressionReason, WithheldReason
from outreach.stakeholders.suppressions import suppress

ACTOR = "the sender"
FINAL = frozenset(DeliveryState) - set(WAITING)


def settle(
    connection: Connection, mailing_id: int, results: Collection[Result], *, now: datetime
) -> None:
    """Write the results of tries; a delivery that is settled already is left as it is."""
    for is_doubted in (False, True):
        rows = [_row(result, now) for result in results if result.is_doubted is is_doubted]
        if rows:
            connection.execute(_statement(mailing_id, now if is_doubted else None), rows)
    _suppress(connection, mailing_id, [result for result in results if result.is_hard], now)


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
        "to_reason": WithheldReason.STOPPED if result.is_stopped else None,
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
    for mailing_id, results in known.items():
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
    connection.execute(
        update(Delivery)
        .where(Delivery.mailing_id == mailing_id, is_waiting())
        .values(state=DeliveryState.CANCELLED, settled_at=now, next_try_at=None)
    )


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
