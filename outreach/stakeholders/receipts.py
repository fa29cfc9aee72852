"""What a page must know to take back the step it confirms: signed, so nobody else can write it.

Only that page holds it. The link in a letter alone can never bring letters back: letters are
forwarded, and whoever has one must not undo what its owner has decided.
"""

from dataclasses import replace
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.core.keys import KeyPurpose, KeyRing
from outreach.stakeholders.consents import (
    A_MOMENT,
    THE_PERSON,
    Leaving,
    leave_all,
    leave_list,
    rejoin_list,
)
from outreach.stakeholders.letters import Bearer
from outreach.stakeholders.models import ConsentEntry, ConsentState, Purpose
from outreach.stakeholders.wishes import take_wish_back, wish_of_a_moment_ago

LONGEST = 4_000


class Receipts:
    """Writes and reads the receipts of an installation."""

    def __init__(self, ring: KeyRing) -> None:
        secret = ring.derive(KeyPurpose.SESSION, "stakeholders' receipts")
        self._serializer = URLSafeSerializer(secret, salt="receipt")

    def of_leaving(self, leaving: Leaving) -> str:
        """Return the receipt of an act of leaving; empty when it wrote nothing."""
        if not leaving.entry_ids and leaving.suppression_id is None:
            return ""
        return self._sign("left", leaving.stakeholder_id, leaving.entry_ids, leaving.suppression_id)

    def of_wish(self, session: Session, stakeholder_id: int, *, now: datetime) -> str:
        """Return the receipt of what a person just wished; empty when nothing was changed."""
        number = wish_of_a_moment_ago(session, stakeholder_id, now=now)
        return self._sign("wished", stakeholder_id, number) if number else ""

    def take_back(
        self, session: Session, receipt: str, stakeholder_id: int, *, now: datetime
    ) -> bool:
        """Undo what a receipt of this person says; returns whether that was to leave a list.

        Raises Conflict when it is too late, something was recorded since, or it is not genuine.
        """
        match self._read(receipt):
            case ["left", int(person), list(entries), int() | None as line] if (
                person == stakeholder_id
            ):
                rejoin_list(session, Leaving(person, tuple(entries), line), now=now)
                return bool(entries)
            case ["wished", int(person), int(number)] if person == stakeholder_id:
                take_wish_back(session, person, number, now=now)
                return False
            case _:
                raise Conflict("There is nothing to take back.")

    def _sign(self, *parts: object) -> str:
        return str(self._serializer.dumps(parts))

    def _read(self, text: str) -> object:
        if len(text) > LONGEST:
            return None
        try:
            return self._serializer.loads(text)
        except BadData:
            return None


def leave_by_letter(session: Session, whose: Bearer, *, every_list: bool, now: datetime) -> Leaving:
    """Take the owner of a letter off its list, or off all; credited to the letter's mailing.

    A second time it returns what the first wrote a moment ago: a button pressed twice, or a page
    loaded again, must not lose the way back.
    """
    person, credit = whose.stakeholder_id, whose.mailing_id
    if every_list:
        left = leave_all(session, person, now=now, actor=THE_PERSON, mailing_id=credit)
    else:
        left = leave_list(
            session, person, whose.list_id, now=now, actor=THE_PERSON, mailing_id=credit
        )
    if left.entry_ids:
        return left
    return replace(left, entry_ids=_just_written(session, whose, now), is_repeated=True)


def _just_written(session: Session, whose: Bearer, now: datetime) -> tuple[int, ...]:
    """Return the lines of the last act of leaving through this letter, if it was a moment ago."""
    lines = session.execute(
        select(ConsentEntry.id, ConsentEntry.recorded_at, ConsentEntry.purpose)
        .where(
            ConsentEntry.stakeholder_id == whose.stakeholder_id,
            ConsentEntry.mailing_id == whose.mailing_id,
            ConsentEntry.state == ConsentState.WITHDRAWN,
            ConsentEntry.actor == THE_PERSON,
            ConsentEntry.recorded_at > now - A_MOMENT,
        )
        .order_by(ConsentEntry.id)
    ).all()
    # Measurement that was ended by itself before stays ended.
    moments = [at for _, at, purpose in lines if purpose is Purpose.NEWSLETTER]
    return tuple(line_id for line_id, at, _ in lines if moments and at == moments[-1])
