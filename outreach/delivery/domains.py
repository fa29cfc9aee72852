"""How far a mailing has come at each of the recipients' domains."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from outreach.delivery.models import Delivery, DeliveryState, is_waiting
from outreach.stakeholders.models import Stakeholder

SHOWN = 50


@dataclass(frozen=True, slots=True)
class DomainProgress:
    """One domain's letters; those withheld are not among them."""

    domain: str
    """Empty for people who were erased meanwhile."""
    letters: int
    sent: int
    """Also those that came back later."""
    waiting: int
    refused: int
    came_back: int


def by_domain(session: Session, mailing_id: int) -> list[DomainProgress]:
    """Return the domains with the most letters of a mailing, the largest first."""
    state, count = Delivery.state, func.count(Delivery.number)
    domain = email_domain(session).label("domain")
    rows = session.execute(
        select(
            domain,
            count,
            count.filter(state.in_((DeliveryState.ACCEPTED, DeliveryState.BOUNCED))),
            count.filter(is_waiting()),
            count.filter(state == DeliveryState.REFUSED),
            count.filter(state == DeliveryState.BOUNCED),
        )
        .outerjoin(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(Delivery.mailing_id == mailing_id, state != DeliveryState.WITHHELD)
        .group_by(domain)
        .order_by(count.desc(), domain)
        .limit(SHOWN)
    )
    return [DomainProgress(name or "", *counts) for name, *counts in rows]


def email_domain(session: Session) -> ColumnElement[str]:
    """Return the domain of a person's address in the database's own words."""
    if session.get_bind().dialect.name == "postgresql":
        return func.split_part(Stakeholder.email, "@", 2)
    return func.substr(Stakeholder.email, func.instr(Stakeholder.email, "@") + 1)
