"""How many letters of a mailing were accepted in the last minute, kept as they are settled.

A look at a mailing of a million need not count it: there are eight rows, each of ten seconds,
written over in turn.
"""

from datetime import datetime

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from outreach.delivery.models import AcceptedLately

SLOT_SECONDS, PLACES = 10, 8
_SLOTS = 6
"""A minute."""


def add(connection: Connection, mailing_id: int, accepted: int, *, now: datetime) -> None:
    """Count letters that were accepted now."""
    slot = int(now.timestamp()) // SLOT_SECONDS
    values = {"of": mailing_id, "place": slot % PLACES, "slot": slot, "accepted": accepted}
    connection.execute(_ADD, values)


def in_the_last_minute(session: Session, mailing_id: int, *, now: datetime) -> int:
    """Return how many there were; of the slot the minute begins in, as large a part as is in it."""
    slot, since = divmod(now.timestamp(), SLOT_SECONDS)
    first = int(slot) - _SLOTS
    rows = session.execute(
        select(AcceptedLately.slot, AcceptedLately.accepted).where(
            AcceptedLately.mailing_id == mailing_id, AcceptedLately.slot >= first
        )
    ).all()
    part = 1 - since / SLOT_SECONDS
    letters: float = sum(one.accepted * (part if one.slot == first else 1) for one in rows)
    return round(letters)


# What another host counts by a slower clock takes nothing from a newer slot.
_ADD = text(
    "INSERT INTO accepted_lately (mailing_id, place, slot, accepted)"
    " VALUES (:of, :place, :slot, :accepted)"
    " ON CONFLICT (mailing_id, place) DO UPDATE SET slot = excluded.slot, accepted = "
    "excluded.accepted + CASE WHEN accepted_lately.slot = excluded.slot"
    " THEN accepted_lately.accepted ELSE 0 END"
    " WHERE accepted_lately.slot <= excluded.slot"
)
