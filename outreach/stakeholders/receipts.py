"""What a page must know to take back the step it confirms: signed, so nobody else can write it.

Only that page holds it. The link in a letter alone can never bring letters back: letters are
forwarded, and whoever has one must not undo what its owner has decided.
"""

from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.core.keys import KeyPurpose, KeyRing
from outreach.stakeholders.consents import THE_PERSON, Leaving, rejoin_list
from outreach.stakeholders.models import ConsentEntry, ConsentState
from outreach.stakeholders.pausing import end_pause

LONGEST = 4_000
UNDO_WITHIN = timedelta(minutes=30)
A_MOMENT = timedelta(minutes=2)
"""A button pressed twice, or a page loaded again, is still the same act of leaving."""


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

    def of_pause(self, stakeholder_id: int, *, now: datetime) -> str:
        """Return the receipt of a pause."""
        return self._sign("paused", stakeholder_id, int(now.timestamp()))

    def take_back(
        self, session: Session, receipt: str, stakeholder_id: int, *, now: datetime
    ) -> None:
        """Undo what a receipt of this person says.

        Raises Conflict when it is too late, something was recorded since, or it is not genuine.
        """
        match self._read(receipt):
            case ["left", int(person), list(entries), int() | None as line] if (
                person == stakeholder_id
            ):
                rejoin_list(session, Leaving(person, tuple(entries), line), now=now)
            case ["paused", int(person), int(at)] if person == stakeholder_id:
                if now.timestamp() - at >= UNDO_WITHIN.total_seconds():
                    raise Conflict("This can no longer be taken back.")
                end_pause(session, person)
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


def just_left(
    session: Session, stakeholder_id: int, list_id: int, mailing_id: int, *, now: datetime
) -> Leaving:
    """Return what the person wrote a moment ago by leaving through this mailing's letter."""
    ids = session.scalars(
        select(ConsentEntry.id).where(
            ConsentEntry.stakeholder_id == stakeholder_id,
            ConsentEntry.list_id == list_id,
            ConsentEntry.mailing_id == mailing_id,
            ConsentEntry.state == ConsentState.WITHDRAWN,
            ConsentEntry.actor == THE_PERSON,
            ConsentEntry.recorded_at > now - A_MOMENT,
        )
    )
    return Leaving(stakeholder_id, tuple(ids))
