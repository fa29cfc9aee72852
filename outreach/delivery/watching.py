"""What a sender watches while it sends: who left meanwhile, and whether the mailing was paused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, func, select

from outreach.core.db import UTCDateTime
from outreach.delivery.recipients import barred_people
from outreach.mailings.audience import purpose_of
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.models import Purpose, Stop

STOP_OVERLAP = timedelta(minutes=5)
"""Stops are read again for so long: on PostgreSQL one may become visible after a later one."""
_ENDING_LETTERS = (Purpose.NEWSLETTER, Purpose.EVENT_INVITATION)
"""Which of the two a mailing needs, the ledger is asked for."""
LOOK_BACK = 20_000
"""Nor are rows read that were so many places behind when the sender began: the table only grows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How things stand."""

    is_sending: bool


class Watch:
    """Reads, and writes nothing, so that a writer who is slow does not hide a stop."""

    def __init__(
        self, engine: Engine, mailing_id: int, list_id: int, moment: Callable[[], datetime]
    ) -> None:
        self._engine, self._mailing_id, self._list_id = engine, mailing_id, list_id
        self._moment = moment
        self._since = moment() - STOP_OVERLAP
        self._floor: int | None = None
        self._seen: set[int] = set()

    def look(self, left: set[int]) -> Seen:
        """Add who must not be mailed any more to `left`; say how things stand.

        A stop seen for the first time is checked against the ledger: somebody may have left and
        come back before the mailing began.
        """
        moment = self._moment()
        with self._engine.connect() as reading:
            if self._floor is None:
                self._floor = (reading.scalar(select(func.max(Stop.id))) or 0) - LOOK_BACK
            rows = reading.execute(
                _STOPS,
                {
                    "floor": self._floor,
                    "since": self._since - STOP_OVERLAP,
                    "of_list": self._list_id,
                },
            ).all()
            new = [row for row in rows if row.id not in self._seen]
            people = {row.stakeholder_id for row in new}
            if people:
                purpose = purpose_of(reading, self._mailing_id)
                left |= barred_people(reading, self._list_id, people, purpose=purpose, now=moment)
            state = reading.scalar(_STATE, {"of_mailing": self._mailing_id})
        self._seen = {row.id for row in rows}
        self._since = moment
        return Seen(state is MailingState.SENDING)


_STOPS = select(Stop.id, Stop.stakeholder_id).where(
    Stop.id > bindparam("floor"),
    Stop.at >= bindparam("since", type_=UTCDateTime()),
    Stop.purpose.in_(_ENDING_LETTERS),
    Stop.list_id.is_(None) | (Stop.list_id == bindparam("of_list")),
)
_STATE = select(Mailing.state).where(Mailing.id == bindparam("of_mailing"))
