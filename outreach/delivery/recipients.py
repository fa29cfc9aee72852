"""The letters of a leased range that are due, each with its person as they are now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.engine import Connection

from outreach.delivery.composing import Recipient
from outreach.delivery.leases import Range, is_due
from outreach.delivery.models import Delivery, TokenGroup
from outreach.mailings.audience import purpose_of
from outreach.mailings.withholding import LIMITS, why_withheld_now
from outreach.projects.models import Organisation
from outreach.projects.queries import letter_limit
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.models import Purpose, Stakeholder, WithheldReason


@dataclass(frozen=True)
class Due:
    """What a range holds."""

    recipients: list[Recipient]
    barred: dict[int, WithheldReason]
    """Numbers of letters whose person must not be mailed any more, and why."""


def due_letters(connection: Connection, leased: Range, list_id: int, *, now: datetime) -> Due:
    """Read the range's due letters and ask the ledger of each person once more."""
    purpose, limit = purpose_of(connection, leased.mailing_id), letter_limit(connection, list_id)
    why = why_withheld_now(list_id, leased.mailing_id, limit, purpose, now)
    rows = connection.execute(_due(leased, why, now)).all()
    return Due(
        recipients=[Recipient(*row[:-1]) for row in rows if row[-1] is None],
        barred={row[0]: _reason(row[-1]) for row in rows if row[-1] is not None},
    )


def _reason(found: str) -> WithheldReason:
    """Whoever may not be written to any more has left since; only a limit keeps its name."""
    is_limit = WithheldReason(found) in LIMITS
    return WithheldReason(found) if is_limit else WithheldReason.STOPPED


def barred_people(
    connection: Connection,
    list_id: int,
    stakeholder_ids: Collection[int],
    *,
    purpose: Purpose,
    now: datetime,
) -> set[int]:
    """Return who of these people gets no letter of the list (any more) for a purpose."""
    if not stakeholder_ids:
        return set()
    asked = select(Stakeholder.id).where(
        Stakeholder.id.in_(stakeholder_ids),
        withheld_reason(list_id, now, purpose=purpose).is_not(None),
    )
    return set(connection.scalars(asked))


def _due(
    leased: Range, why: ColumnElement[str | None], moment: datetime
) -> Select[*tuple[Any, ...]]:
    """Select the fields of a Recipient, in their order, and why it gets no letter."""
    return (
        select(
            Delivery.number,
            Delivery.stakeholder_id,
            Stakeholder.email,
            Stakeholder.name,
            Stakeholder.given_name,
            func.coalesce(Organisation.name, ""),
            Delivery.role_id,
            func.coalesce(Delivery.group_no, 0),
            Delivery.is_personal,
            func.coalesce(TokenGroup.is_measured, false()),
            Delivery.attempts,
            Delivery.doubted_at.is_not(None),
            Delivery.variant,
            Delivery.arm,
            why.label("why"),
        )
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .outerjoin(Organisation, Organisation.id == Stakeholder.organisation_id)
        .outerjoin(
            TokenGroup,
            (TokenGroup.mailing_id == Delivery.mailing_id) & (TokenGroup.no == Delivery.group_no),
        )
        .where(
            Delivery.mailing_id == leased.mailing_id,
            Delivery.number.between(leased.lo, leased.hi),
            is_due(moment),
        )
        .order_by(Delivery.number)
    )
