"""What letters people got, in SQL: for audiences that leave readers out, and for limits."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from outreach.core.contributions import LettersMade
from outreach.delivery.models import WAITING, Delivery, DeliveryState, Dispatch
from outreach.delivery.queries import progress
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.models import Stakeholder

ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT)
"""Letters that a person has, or may have."""


class DeliveredLetters:
    """What the ledger knows of the letters people got (`core.contributions.Letters`)."""

    def made(self, session: Session, mailing_id: int, *, now: datetime) -> LettersMade | None:
        """Count the letters of a mailing; None before they were made."""
        found = progress(session, mailing_id, now=now)
        if found is None:
            return None
        doubtful = found.by_state.get(DeliveryState.IN_DOUBT, 0)
        return LettersMade(found.accepted, doubtful, found.waiting)

    def received(self, person: Any, mailing_ids: Collection[int]) -> ColumnElement[bool]:
        """Whether they got one of these mailings, or are about to, under whichever address."""
        holder = aliased(Stakeholder)
        found: ColumnElement[bool] = person.in_(
            select(func.coalesce(holder.merged_into_id, holder.id))
            .join(Delivery, Delivery.stakeholder_id == holder.id)
            .where(
                Delivery.mailing_id.in_(list(mailing_ids)),
                Delivery.state.in_((*ARRIVED, *WAITING)),
            )
        )
        return found

    def got_as_many(
        self,
        person: Any,
        most: Any,
        *,
        since: datetime | ColumnElement[datetime],
        list_ids: Collection[int] | None,
        of_few: bool = False,
        sent_but: int | None = None,
    ) -> ColumnElement[bool]:
        """Whether they got `most` letters of these lists (None: of any) since a moment.

        For everybody the deliveries of the few mailings in question are counted once; of few
        people, and before a letter leaves, only their own. Letters to an address that was merged
        into theirs count as theirs. Where there are fewer such mailings than `most`, no delivery
        is read.
        """
        recent = _recent(since, list_ids, sent_but)
        enough = select(func.count()).select_from(recent.subquery()).scalar_subquery() >= most
        own = aliased(Delivery)
        counted = [own.mailing_id.in_(recent), _counts(own, since, with_waiting=sent_but is None)]
        if of_few or sent_but is not None:
            merged = aliased(Stakeholder)
            each = select(func.count()).where(own.stakeholder_id == person, *counted)
            # By itself: with an "or" no database would look the person's few letters up.
            also = (
                select(func.count())
                .select_from(merged)
                .join(own, own.stakeholder_id == merged.id)
                .where(merged.merged_into_id == person, *counted)
            )
            got = each.correlate_except(own).scalar_subquery()
            more = also.correlate_except(own, merged).scalar_subquery()
            return and_(enough, got + more >= most)
        everybody = (
            select(own.stakeholder_id)
            .where(own.stakeholder_id.is_not(None), *counted)
            .group_by(own.stakeholder_id)
            .having(func.count() >= most)
        )
        return and_(enough, or_(person.in_(everybody), person.in_(_of_merged(counted, own, most))))


def _of_merged(counted: Sequence[ColumnElement[bool]], own: Any, most: Any) -> Select[int]:
    """Select those who got `most` letters under all the addresses that were merged into theirs.

    By themselves: they are few, and for each of a million deliveries nobody need look up whose
    address it went to.
    """
    merged, holder = aliased(Stakeholder), aliased(Stakeholder)
    gone = merged.merged_into_id.is_not(None)
    several = union(
        select(merged.id).where(gone), select(merged.merged_into_id).where(gone)
    ).subquery()
    person: ColumnElement[int] = func.coalesce(holder.merged_into_id, holder.id)
    return (
        select(person)
        .select_from(several)
        .join(holder, holder.id == several.c.id)
        .join(own, own.stakeholder_id == holder.id)
        .where(*counted)
        .group_by(person)
        .having(func.count() >= most)
    )


def _recent(
    since: datetime | ColumnElement[datetime], list_ids: Collection[int] | None, but: int | None
) -> Select[int]:
    """Select the mailings of which letters may have left since a moment, or are leaving."""
    recent = (
        select(Mailing.id)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(or_(Dispatch.settled_at.is_(None), Dispatch.settled_at >= since))
    )
    if list_ids is not None:
        recent = recent.where(Mailing.list_id.in_(list(list_ids)))
    if but is not None:
        recent = recent.where(Mailing.id != but)
    return recent


def _counts(
    own: Any, since: datetime | ColumnElement[datetime], *, with_waiting: bool
) -> ColumnElement[bool]:
    has_left = and_(own.state.in_(ARRIVED), own.settled_at >= since)
    if not with_waiting:
        return has_left
    is_leaving = select(Mailing.id).where(Mailing.state == MailingState.SENDING)
    return or_(has_left, and_(own.state.in_(WAITING), own.mailing_id.in_(is_leaving)))
