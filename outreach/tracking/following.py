"""Which letters may be followed at this moment: the ledger of consent decides, at every hit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, select
from sqlalchemy.orm import aliased

from outreach.core.config import TrackingMode
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.mailings.models import Mailing
from outreach.stakeholders.eligibility import measures_individually
from outreach.stakeholders.models import Consent, ConsentState, Stakeholder

DeliveryKey = tuple[int, int]
"""A delivery's mailing and number."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery as a hit on its personal token sees it."""

    mailing_id: int
    number: int
    group_no: int | None
    state: DeliveryState
    settled_at: datetime | None
    may_follow: bool

    def seconds_until(self, moment: datetime) -> int | None:
        """Return how long before `moment` the server took it; None where that is not known."""
        if self.settled_at is not None:
            return max(0, int((moment - self.settled_at).total_seconds()))
        # It was opened before its acceptance was written down.
        return 0 if self.state is DeliveryState.QUEUED else None


def may_follow() -> ColumnElement[bool]:
    """Say whether `Stakeholder` may be followed in letters of `Mailing`, sent by `Dispatch`.

    Consent, given for the list and standing now. Where an installation follows everybody, because
    its law allows it, whoever left the list or withdrew is not followed either.
    """
    left = exists(
        select(Consent.stakeholder_id)
        .where(
            Consent.stakeholder_id == Stakeholder.id,
            Consent.list_id == Mailing.list_id,
            Consent.state == ConsentState.WITHDRAWN,
        )
        .correlate(Stakeholder, Mailing)
    )
    everybody = and_(Stakeholder.id.is_not(None), Stakeholder.erased_at.is_(None), ~left)
    return case(
        (Dispatch.tracking == TrackingMode.INDIVIDUAL.value, everybody),
        else_=measures_individually(Mailing.list_id),
    )


def letters() -> Select[int, int, int | None, DeliveryState, datetime | None, bool]:
    """Select `Delivery` with its mailing, dispatch and person; a merged person's heir decides."""
    first = aliased(Stakeholder)
    return (
        select(
            Delivery.mailing_id,
            Delivery.number,
            Delivery.group_no,
            Delivery.state,
            Delivery.settled_at,
            may_follow().label("may_follow"),
        )
        .select_from(Delivery)
        .join(Dispatch, Dispatch.mailing_id == Delivery.mailing_id)
        .join(Mailing, Mailing.id == Delivery.mailing_id)
        .outerjoin(first, first.id == Delivery.stakeholder_id)
        .outerjoin(Stakeholder, Stakeholder.id == func.coalesce(first.merged_into_id, first.id))
    )


def load_letters(connection: Connection, keys: Iterable[DeliveryKey]) -> dict[DeliveryKey, Letter]:
    """Return the letters of these deliveries as they may be followed now."""
    by_mailing: dict[int, list[int]] = {}
    for mailing_id, number in keys:
        by_mailing.setdefault(mailing_id, []).append(number)
    found = (
        letter_of(row)
        for mailing_id, numbers in by_mailing.items()
        for row in connection.execute(
            letters().where(Delivery.mailing_id == mailing_id, Delivery.number.in_(numbers))
        )
    )
    return {(letter.mailing_id, letter.number): letter for letter in found}


def letter_of(row: Any) -> Letter:
    """Return the letter of a row of `letters()`."""
    return Letter(
        row.mailing_id,
        row.number,
        row.group_no,
        row.state,
        row.settled_at,
        bool(row.may_follow),
    )
