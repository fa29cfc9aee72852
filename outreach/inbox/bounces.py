"""What was refused or came back, by domain: of one mailing, or of the last months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from outreach.delivery.domains import email_domain
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.inbox.models import InboundKind, InboundMail
from outreach.mail.replies import BounceClass
from outreach.stakeholders.models import Stakeholder

SINCE = timedelta(days=90)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One domain's letters that nobody has."""

    domain: str
    """Empty for people who were erased meanwhile."""
    refused: int
    """By the mail server, at once."""
    came_back: int
    hard: int
    soft: int
    blocked: int
    said: str
    """One of its replies."""

    @property
    def all(self) -> int:
        """All of them."""
        return self.refused + self.came_back


def of_mailing(session: Session, mailing_id: int) -> list[DomainRow]:
    """Return the domains of a mailing's letters that did not pass, those with most first."""
    return _by_domain(session, Delivery.mailing_id == mailing_id)


def lately(session: Session, *, now: datetime) -> list[DomainRow]:
    """Return the same for all mailings begun in the last 90 days."""
    begun = select(Dispatch.mailing_id).where(Dispatch.fanned_out_at > now - SINCE)
    return _by_domain(session, Delivery.mailing_id.in_(begun))


def complaints(session: Session, mailing_id: int) -> int:
    """Return how many letters of a mailing were complained about."""
    letters = select(InboundMail.number).where(
        InboundMail.mailing_id == mailing_id, InboundMail.kind == InboundKind.COMPLAINT
    )
    return session.scalar(select(func.count()).select_from(letters.distinct().subquery())) or 0


def _by_domain(session: Session, which: ColumnElement[bool]) -> list[DomainRow]:
    domain = email_domain(session).label("domain")
    verdict, state = Delivery.bounce_class, Delivery.state
    count = func.count(Delivery.number)
    rows = session.execute(
        select(
            domain,
            count.filter(state == DeliveryState.REFUSED),
            count.filter(state != DeliveryState.REFUSED),
            *(count.filter(verdict == one.value) for one in _CLASSES),
            func.max(Delivery.reply),
        )
        .outerjoin(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(which, verdict.is_not(None))
        .group_by(domain)
        .order_by(func.count().desc(), domain)
        .limit(SHOWN)
    )
    return [DomainRow(name or "", *counts) for name, *counts in rows]


_CLASSES: Sequence[BounceClass] = (BounceClass.HARD, BounceClass.SOFT, BounceClass.BLOCKED)
