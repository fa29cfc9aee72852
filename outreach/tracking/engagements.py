"""What people who agreed to be measured did with their letters, as conditions of segments."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.core.config import TrackingMode
from outreach.core.contributions import Engagement, Period
from outreach.delivery.engagements import sent_mailings
from outreach.delivery.models import Delivery, Dispatch
from outreach.results.models import Document
from outreach.tracking.models import COUNTED, Hit, HitKind, Reader


def _readers() -> Select[int | None]:
    """Select the people whose letters can be told apart."""
    return (
        select(Delivery.stakeholder_id)
        .join(
            Reader,
            and_(Reader.mailing_id == Delivery.mailing_id, Reader.number == Delivery.number),
        )
        .where(Delivery.stakeholder_id.is_not(None))
    )


def _did(first: InstrumentedAttribute[Any]) -> Any:
    def holds(person: Any, mailing_ids: tuple[int, ...], period: Period) -> ColumnElement[bool]:
        query = _readers().where(period.covers(first))
        if mailing_ids:
            query = query.where(Delivery.mailing_id.in_(mailing_ids))
        found: ColumnElement[bool] = person.in_(query)
        return found

    return holds


def _downloaded(person: Any, document_ids: tuple[int, ...], period: Period) -> ColumnElement[bool]:
    query = (
        select(Delivery.stakeholder_id)
        .join(Hit, and_(Hit.mailing_id == Delivery.mailing_id, Hit.number == Delivery.number))
        .where(
            Delivery.stakeholder_id.is_not(None),
            Hit.kind == HitKind.DOWNLOAD,
            Hit.label.in_(COUNTED),
            period.covers(Hit.at),
        )
    )
    if document_ids:
        query = query.where(Hit.document_id.in_(document_ids))
    found: ColumnElement[bool] = person.in_(query)
    return found


def documents(session: Session) -> Sequence[tuple[str, str]]:
    """Return (id, title) of the documents letters can lead to."""
    found = session.scalars(select(Document).order_by(Document.id.desc()).limit(200))
    return [(str(document.id), document.title.pick()) for document in found]


def _is_followed(person: Any) -> ColumnElement[bool]:
    """Whether the person got letters under the setting that follows everybody."""
    query = (
        select(Delivery.stakeholder_id)
        .join(Dispatch, Dispatch.mailing_id == Delivery.mailing_id)
        .where(
            Dispatch.tracking == TrackingMode.INDIVIDUAL.value,
            Delivery.is_personal,
            Delivery.stakeholder_id.is_not(None),
        )
    )
    found: ColumnElement[bool] = person.in_(query)
    return found


ENGAGEMENTS = (
    Engagement(
        "opened",
        "Opened a letter",
        _did(Reader.first_open_at),
        sent_mailings,
        needs_measurement=True,
        is_known=_is_followed,
    ),
    Engagement(
        "clicked",
        "Followed a link in a letter",
        _did(Reader.first_click_at),
        sent_mailings,
        is_own_act=True,
        needs_measurement=True,
        is_known=_is_followed,
    ),
    Engagement(
        "downloaded",
        "Downloaded a document",
        _downloaded,
        documents,
        is_own_act=True,
        needs_measurement=True,
        is_known=_is_followed,
    ),
)
