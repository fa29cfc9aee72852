"""Sending once more to those who did not get it, in one act, after a mailing was sent."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.delivery.figures import Moves, move
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.mailings import schedule
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.models import Stakeholder, Suppression


@dataclass(frozen=True, slots=True)
class Missed:
    """Letters that, as far as we know, nobody holds."""

    refused: int
    in_doubt: int
    """May have arrived; whoever got it gets it a second time, with the same Message-ID."""
    came_back: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.refused + self.came_back + self.in_doubt


def missed(session: Session, mailing_id: int) -> Missed:
    """Count who did not get a mailing and may still be written to."""
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.mailing_id == mailing_id, _may_get_it(_UNSEEN))
        .group_by(Delivery.state)
    )
    counts = dict(rows.all())
    return Missed(
        refused=counts.get(DeliveryState.REFUSED, 0),
        in_doubt=counts.get(DeliveryState.IN_DOUBT, 0),
        came_back=counts.get(DeliveryState.BOUNCED, 0),
    )


_UNSEEN = (DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.IN_DOUBT)


def _may_get_it(states: Collection[DeliveryState]) -> ColumnElement[bool]:
    """Say in SQL that a letter is in one of these states, and its address not given up meanwhile.

    One that is stays as it became: refused, or bounced.
    """
    is_given_up = (
        select(Stakeholder.id)
        .join(Suppression, Suppression.fingerprint == Stakeholder.fingerprint)
        .where(Stakeholder.id == Delivery.stakeholder_id, Suppression.released_at.is_(None))
        .correlate(Delivery)
    )
    return and_(
        Delivery.stakeholder_id.is_not(None), Delivery.state.in_(states), ~exists(is_given_up)
    )


def send_again(
    session: Session, mailing: Mailing, *, with_doubted: bool, actor: str, now: datetime
) -> int:
    """Queue the letters that were refused or came back (and those in doubt) anew; returns how many.

    Addresses on the do-not-mail list are left out; whoever left otherwise is withheld as the
    letters leave. Letters that were counted without a way back to the person are not counted this
    time: the key of their tokens was destroyed when the mailing was settled. Raises Conflict while
    it is not sent, Refusal when nobody is left to be written to.
    """
    schedule.claim(session, mailing)
    if mailing.state is not MailingState.SENT:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}; only a sent one can be sent again.",
            "Wait until it is sent, or resume it.",
        )
    states = [one for one in _UNSEEN if with_doubted or one is not DeliveryState.IN_DOUBT]
    again = sum(_queue_anew(session, mailing.id, state) for state in states)
    if not again:
        raise Refusal("There is nobody left whom it could reach.", "Nothing is to do.")
    session.execute(
        update(Dispatch)
        .where(Dispatch.mailing_id == mailing.id)
        .values(settled_at=None, tried_since=now)
    )
    mailing.move_to(MailingState.SENDING, now=now)
    mailing.finished_at = None
    people = "1 person" if again == 1 else f"{again} people"
    note(session, mailing, Act.RESUMED, actor=actor, now=now, detail=f"for {people} without it")
    return again


def _queue_anew(session: Session, mailing_id: int, state: DeliveryState) -> int:
    groups = session.scalars(
        update(Delivery)
        .where(Delivery.mailing_id == mailing_id, _may_get_it((state,)))
        .values(
            state=DeliveryState.QUEUED,
            next_try_at=None,
            settled_at=None,
            attempts=0,
            bounce_class=None,
            bounced_at=None,
        )
        .returning(Delivery.group_no)
        .execution_options(synchronize_session=False)
    ).all()
    left = Counter(groups)
    move(session.connection(), mailing_id, Moves({(no, state): -n for no, n in left.items()}))
    return len(groups)
