"""Turns: a worker sends one mailing at a time, and looks around while it does.

At a careful pace a mailing takes hours. Whoever says "Send now" meanwhile sees letters leave within
seconds, several mailings leave side by side, and what a lost worker left behind is taken up.
"""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, exists, select

from outreach.core.clock import now
from outreach.delivery.finding_out import done_elsewhere
from outreach.delivery.leases import has_due
from outreach.delivery.models import Dispatch, Lease
from outreach.delivery.waves import due_up_to, waves_of
from outreach.mailings.models import Mailing, MailingState

LOOK_SECONDS = 1.0
TURN_SECONDS = 10.0
"""How long a mailing is sent before another one that waits has its turn."""


CANCELLED = (
    select(Mailing.id)
    .join(Dispatch, Dispatch.mailing_id == Mailing.id)
    .where(
        Mailing.state == MailingState.CANCELLED,
        Dispatch.settled_at.is_(None),
        # Whoever still holds a lease has letters in hand and says first what became of them.
        ~exists(select(Lease.lo).where(Lease.mailing_id == Mailing.id).correlate(Mailing)),
    )
)
"""Mailings that were cancelled and are still to be ended."""


class Turn:
    """One mailing's turn with one worker."""

    def __init__(
        self,
        engine: Engine,
        mailing_id: int,
        *,
        is_left_alone: Callable[[int], bool],
        tidy: Callable[[], None],
    ) -> None:
        """`is_left_alone` says which mailings wait for now; `tidy` is done at every look."""
        self._engine, self._mailing_id = engine, mailing_id
        self._is_left_alone, self._tidy = is_left_alone, tidy
        self._begun = self._looked_at = time.monotonic()

    def is_over(self) -> bool:
        """Whether something else waits that the worker should see to first."""
        moment = time.monotonic()
        if moment - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = moment
        self._tidy()
        with self._engine.connect() as reading:
            return _is_promised(reading, now()) or (
                moment - self._begun >= TURN_SECONDS and self._do_others_wait(reading)
            )

    def _do_others_wait(self, reading: Connection) -> bool:
        others = reading.execute(_OTHERS.where(Mailing.id != self._mailing_id)).all()
        return any(
            _has_due(reading, mailing_id, recipients)
            for mailing_id, recipients in others
            if not self._is_left_alone(mailing_id)
        )


def _is_promised(reading: Connection, moment: datetime) -> bool:
    """Whether a mailing is to begin, or one that was cancelled to be ended.

    One whose audience another worker is judging, which takes a while, is seen to already: whoever
    stopped for it would begin anew every second, with nothing to do.
    """
    due = select(Mailing.id).where(
        Mailing.state == MailingState.SCHEDULED, Mailing.due_at <= moment
    )
    if not reading.scalar(select(exists(due) | exists(CANCELLED))):
        return False
    waiting = set(reading.scalars(due))
    if waiting and waiting - done_elsewhere(reading):
        return True
    return bool(reading.scalar(select(exists(CANCELLED))))


_OTHERS = (
    select(Mailing.id, Dispatch.recipients)
    .join(Dispatch, Dispatch.mailing_id == Mailing.id)
    .where(Mailing.state == MailingState.SENDING, Dispatch.settled_at.is_(None))
)


def _has_due(reading: Connection, mailing_id: int, recipients: int) -> bool:
    moment = now()
    last = due_up_to(waves_of(reading, mailing_id), recipients, moment)
    return has_due(reading, mailing_id, last, now=moment)
