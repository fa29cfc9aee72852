"""How far a mailing has come, and who got it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from outreach.delivery.figures import COLUMNS, COUNTED
from outreach.delivery.lately import in_the_last_minute
from outreach.delivery.models import (
    WAITING,
    Delivery,
    DeliveryFigure,
    DeliveryState,
    Dispatch,
    is_waiting,
)
from outreach.delivery.waves import waves_of
from outreach.mailings.models import Mailing
from outreach.stakeholders.letters import LetterOwner
from outreach.stakeholders.models import Stakeholder


@dataclass(frozen=True)
class Progress:
    """Real numbers of a mailing being sent."""

    recipients: int
    withheld: int
    by_state: Mapping[DeliveryState, int]
    doubted: int
    per_minute: int
    """Letters accepted in the last minute."""
    per_second: float
    """How fast they have been leaving since they have, within that minute."""
    is_settled: bool
    held: int = 0
    """Letters that wait for a later moment or the end of a subject test."""
    next_at: datetime | None = None
    """When the next of them leave; None where that is not known yet."""
    later: int = 0
    """Letters refused for now or held back, whose next try is still to come."""
    tries_from: datetime | None = None
    tries_until: datetime | None = None
    """When the first and the last of those are tried, as far as it is known today."""

    @property
    def accepted(self) -> int:
        """Letters the server took, also those that came back later."""
        return self._of(DeliveryState.ACCEPTED) + self._of(DeliveryState.BOUNCED)

    @property
    def waiting(self) -> int:
        """Letters still to be sent."""
        return sum(self._of(state) for state in WAITING)

    @property
    def missed(self) -> int:
        """Letters that, as far as we know, nobody holds."""
        states = (DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.IN_DOUBT)
        return sum(map(self._of, states))

    def _of(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)


def progress(session: Session, mailing_id: int, *, now: datetime) -> Progress | None:
    """Return how far a mailing has come; None before its deliveries were made."""
    dispatch = session.get(Dispatch, mailing_id)
    if dispatch is None:
        return None
    of_mailing = select(func.count()).where(Delivery.mailing_id == mailing_id)
    doubted = session.scalar(of_mailing.where(Delivery.doubted_at.is_not(None)))
    later = [
        wave
        for wave in waves_of(session, mailing_id)
        if dispatch.settled_at is None and (wave.due_at is None or wave.due_at > now)
    ]
    retries = _retries(session, mailing_id, now)
    lately = in_the_last_minute(session, mailing_id, begun_at=dispatch.fanned_out_at, now=now)
    return Progress(
        recipients=dispatch.recipients,
        withheld=dispatch.withheld,
        by_state=_by_state(session, mailing_id, deferred=retries.deferred),
        doubted=doubted or 0,
        per_minute=lately.letters,
        per_second=lately.per_second,
        is_settled=dispatch.settled_at is not None,
        held=sum(wave.hi - wave.lo + 1 for wave in later),
        next_at=min((wave.due_at for wave in later if wave.due_at), default=None),
        later=retries.later,
        tries_from=retries.tries_from,
        tries_until=retries.tries_until,
    )


class _Retries(NamedTuple):
    deferred: int
    later: int
    tries_from: datetime | None
    tries_until: datetime | None


def _retries(session: Session, mailing_id: int, now: datetime) -> _Retries:
    """Count letters that were refused for now; the index of waiting letters begins with when."""
    at = Delivery.next_try_at
    is_later = at > now
    deferred, later, first, last = session.execute(
        select(
            func.count(),
            func.count().filter(is_later),
            func.min(at).filter(is_later),
            func.max(at).filter(is_later),
        ).where(
            Delivery.mailing_id == mailing_id,
            is_waiting(),
            at.is_not(None),
            Delivery.state == DeliveryState.DEFERRED,
        )
    ).one()
    return _Retries(deferred, later, first, last)


def _by_state(session: Session, mailing_id: int, *, deferred: int) -> Mapping[DeliveryState, int]:
    """Return how many letters are in each state that any is in, by the roll-up."""
    columns = [func.sum(getattr(DeliveryFigure, name)) for name in COLUMNS]
    row = session.execute(select(*columns).where(DeliveryFigure.mailing_id == mailing_id)).one()
    letters, *counts = (number or 0 for number in row)
    found = dict(zip(COUNTED, counts, strict=True))
    found[DeliveryState.DEFERRED] = deferred
    found[DeliveryState.QUEUED] = letters - sum(found.values())
    return {state: number for state, number in found.items() if number}


def deliveries(
    session: Session,
    mailing_id: int,
    state: DeliveryState | None,
    *,
    only_doubted: bool = False,
    offset: int,
    limit: int,
) -> Sequence[Row[Delivery, str | None, str | None]]:
    """Return deliveries with the name and address of their person (None once erased)."""
    wanted = select(Delivery, Stakeholder.name, Stakeholder.email).outerjoin(
        Stakeholder, Stakeholder.id == Delivery.stakeholder_id
    )
    wanted = wanted.where(Delivery.mailing_id == mailing_id)
    if only_doubted:
        wanted = wanted.where(Delivery.doubted_at.is_not(None))
    if state is not None:
        wanted = wanted.where(Delivery.state == state)
    return session.execute(wanted.order_by(Delivery.number).offset(offset).limit(limit)).all()


def letter_owner(session: Session, mailing_id: int, number: int) -> LetterOwner | None:
    """Return whose letter (mailing, number) is; None when it is nobody's any more."""
    found = session.execute(
        select(Delivery.stakeholder_id, Mailing.list_id, Mailing.title)
        .join(Mailing, Mailing.id == Delivery.mailing_id)
        .where(
            Delivery.mailing_id == mailing_id,
            Delivery.number == number,
            Delivery.stakeholder_id.is_not(None),
        )
    ).one_or_none()
    if found is None or found.stakeholder_id is None:
        return None
    return LetterOwner(found.stakeholder_id, found.list_id, found.title)
