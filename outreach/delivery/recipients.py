"""The letters of a leased range that are due, each with its person as they are now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, false, func, select
from sqlalchemy.engine import Connection

from outreach.core.db import UTCDateTime
from outreach.delivery.composing import Recipient
from outreach.delivery.leases import Range, is_due
from outreach.delivery.models import Delivery, TokenGroup
from outreach.mailings.audience import purpose_of
from outreach.mailings.withholding import LIMITS, moments_of, why_withheld_now
from outreach.projects.models import Organisation
from outreach.projects.queries import LetterLimit, letter_limit
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
    asked = _due(leased.mailing_id, list_id, limit, purpose)
    of_range = {"lo": leased.lo, "hi": leased.hi, "moment": now}
    rows = connection.execute(asked, {**of_range, **moments_of(now)}).all()
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


@lru_cache(maxsize=32)
def _due(
    mailing_id: int, list_id: int, limit: LetterLimit, purpose: Purpose
) -> Select[*tuple[Any, ...]]:
    """Select the fields of a Recipient, in their order, and why it gets no letter.

    To write this costs many times what a database takes to answer it for 500 letters.
    """
    why = why_withheld_now(list_id, mailing_id, limit, purpose)
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
            Delivery.mailing_id == mailing_id,
            Delivery.number.between(bindparam("lo"), bindparam("hi")),
            is_due(bindparam("moment", type_=UTCDateTime())),
        )
        .order_by(Delivery.number)
    )
