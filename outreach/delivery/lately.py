"""How many letters of a mailing were accepted in the last minute, kept as they are settled.

A look at a mailing of a million need not count it: there are eight rows, each of ten seconds,
written over in turn.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from outreach.delivery.models import AcceptedLately

SLOT_SECONDS, PLACES = 10, 8
_SLOTS = 6
"""A minute."""
_TELLING = 10
"""Fewer letters than this do not tell since when they have been leaving."""


class Lately(NamedTuple):
    """What was accepted in the last minute."""

    letters: int
    per_second: float
    """How fast they have been leaving since they have, within the minute."""


def add(connection: Connection, mailing_id: int, accepted: int, *, now: datetime) -> None:
    """Count letters that were accepted now."""
    slot = int(now.timestamp()) // SLOT_SECONDS
    values = {"of": mailing_id, "place": slot % PLACES, "slot": slot, "accepted": accepted}
    connection.execute(_ADD, values)


def in_the_last_minute(
    session: Session, mailing_id: int, *, begun_at: datetime, now: datetime
) -> Lately:
    """Return how many there were; of the slot the minute begins in, as large a part as is in it.

    A mailing that began (`begun_at`) or went on within the minute has been leaving for less of it.
    """
    slot, since = divmod(now.timestamp(), SLOT_SECONDS)
    first = int(slot) - _SLOTS
    rows = session.execute(
        select(AcceptedLately.slot, AcceptedLately.accepted).where(
            AcceptedLately.mailing_id == mailing_id, AcceptedLately.slot >= first
        )
    ).all()
    part = 1 - since / SLOT_SECONDS
    letters: float = sum(one.accepted * (part if one.slot == first else 1) for one in rows)
    if letters < _TELLING:
        return Lately(round(letters), letters / 60)
    oldest = min(one.slot for one in rows)
    newer = sum(one.accepted for one in rows if one.slot > oldest)
    # Where within its ten seconds the oldest began, nobody knows.
    over = now.timestamp() - (oldest + 1) * SLOT_SECONDS
    if newer >= _TELLING and over >= SLOT_SECONDS:
        return Lately(round(letters), newer / over)
    begun = max(oldest * SLOT_SECONDS, begun_at.timestamp())
    return Lately(round(letters), letters / min(max(now.timestamp() - begun, 1), 60))


# What another host counts by a slower clock takes nothing from a newer slot.
_ADD = text(
    "INSERT INTO accepted_lately (mailing_id, place, slot, accepted)"
    " VALUES (:of, :place, :slot, :accepted)"
    " ON CONFLICT (mailing_id, place) DO UPDATE SET slot = excluded.slot, accepted = "
    "excluded.accepted + CASE WHEN accepted_lately.slot = excluded.slot"
    " THEN accepted_lately.accepted ELSE 0 END"
    " WHERE accepted_lately.slot <= excluded.slot"
)
