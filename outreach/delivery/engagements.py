"""Who got a letter, as a condition of segments."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from outreach.core.contributions import Engagement, Period
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.mailings.models import Mailing

OFFERED = 200


def sent_mailings(session: Session) -> Sequence[tuple[str, str]]:
    """Return (id, title) of the mailings that went out, newest first."""
    rows = session.execute(
        select(Mailing.id, Mailing.title, Dispatch.fanned_out_at)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .order_by(Mailing.id.desc())
        .limit(OFFERED)
    )
    return [(str(row.id), f"{row.title}, {row.fanned_out_at:%d %b %Y}") for row in rows]


def _got(person: Any, mailing_ids: tuple[int, ...], period: Period) -> ColumnElement[bool]:
    query = select(Delivery.stakeholder_id).where(
        Delivery.stakeholder_id.is_not(None),
        Delivery.state == DeliveryState.ACCEPTED,
        period.covers(Delivery.settled_at),
    )
    if mailing_ids:
        query = query.where(Delivery.mailing_id.in_(mailing_ids))
    found: ColumnElement[bool] = person.in_(query)
    return found


GOT_A_LETTER = Engagement("got", "Got a letter", _got, sent_mailings)
