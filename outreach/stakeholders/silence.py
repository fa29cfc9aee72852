"""Of whom nothing has been heard for years, as far as anybody can know.

Most people agreed to no measurement, so that nothing they do with letters can be seen: silence is
no proof of disinterest. What staff do about it is `retention`.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.contributions import Engagement, Period
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.models import ConsentEntry, Note, NoteKind, Stakeholder
from outreach.stakeholders.status import Status, status

ANSWER_WITHIN = timedelta(days=60)
PAGE = 50


@dataclass(frozen=True)
class Silent:
    """Somebody of whom no own action is known since long."""

    person: Stakeholder
    asked_at: datetime | None
    """When they were asked whether to go on; they are asked once."""
    status: Status


@dataclass(frozen=True)
class Rules:
    """What counts: how long, and what other rooms know people did themselves."""

    months: int
    acts: tuple[Engagement, ...]

    @classmethod
    def of(cls, months: int, engagements: Iterable[Engagement]) -> "Rules":
        """Return the rules of this installation."""
        return cls(months, tuple(found for found in engagements if found.is_own_act))


def months_before(now: datetime, months: int) -> datetime:
    """Return the same day of an earlier month, or its last day where there is none."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def is_silent(rules: Rules, now: datetime) -> ColumnElement[bool]:
    """Say whether no own action of `Stakeholder` is known within the period of the rules.

    A line of the ledger counts, whoever wrote it: somebody had a reason then. So does what they
    changed of themselves, and all of it under an address that was merged into theirs.
    """
    since = months_before(now, rules.months)
    merged = aliased(Stakeholder)
    elsewhere = select(merged.id).where(
        merged.merged_into_id == Stakeholder.id,
        or_(merged.created_at >= since, *_acts(merged, rules, since)),
    )
    return and_(
        Stakeholder.erased_at.is_(None),
        Stakeholder.merged_into_id.is_(None),
        Stakeholder.created_at < since,
        *(~act for act in _acts(Stakeholder, rules, since)),
        ~exists(elsewhere.correlate(Stakeholder)),
    )


def _acts(person: type[Stakeholder], rules: Rules, since: datetime) -> list[ColumnElement[bool]]:
    """Return what each shows that `person` was heard of since then."""
    said = select(ConsentEntry.id).where(
        ConsentEntry.stakeholder_id == person.id, ConsentEntry.recorded_at >= since
    )
    met = select(Note.id).where(
        Note.stakeholder_id == person.id,
        Note.kind.in_((NoteKind.MEETING, NoteKind.CALL)),
        Note.happened_on >= since.date(),
    )
    changed = (
        select(Change.id)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(
            Change.object_type == Stakeholder.__tablename__,
            Change.object_id == person.id,
            ChangeSet.actor == THE_PERSON,
            ChangeSet.created_at >= since,
        )
    )
    known = [exists(query.correlate(person)) for query in (said, met, changed)]
    return [*known, *(act.holds(person.id, (), Period(since)) for act in rules.acts)]


def asked_at() -> ScalarSelect[datetime]:
    """Return when `Stakeholder` was last asked whether to go on; NULL for never."""
    return (
        select(func.max(ChangeSet.created_at))
        .join(Change, Change.change_set_id == ChangeSet.id)
        .where(
            Change.object_type == "stakeholder",
            Change.object_id == Stakeholder.id,
            ChangeSet.kind == ChangeKind.RETENTION,
        )
        .correlate(Stakeholder)
        .scalar_subquery()
    )


def _silent(rules: Rules, now: datetime) -> Select[Stakeholder, datetime, str]:
    return (
        select(Stakeholder, asked_at().label("asked_at"), status())
        .where(is_silent(rules, now))
        .order_by(Stakeholder.created_at, Stakeholder.id)
        .options(joinedload(Stakeholder.organisation))
    )


def proposal(session: Session, rules: Rules, *, now: datetime) -> tuple[int, list[Silent]]:
    """Return how many have not been heard of, and the first page of them, the oldest first."""
    found = select(func.count()).select_from(Stakeholder).where(is_silent(rules, now))
    rows = session.execute(_silent(rules, now).limit(PAGE))
    silent = [Silent(person, asked, Status(word)) for person, asked, word in rows]
    return session.scalar(found) or 0, silent


def ids_of_silent(session: Session, rules: Rules, ids: Sequence[int], now: datetime) -> list[int]:
    """Return those of `ids` who still have not been heard of."""
    query = select(Stakeholder.id).where(is_silent(rules, now), Stakeholder.id.in_(ids))
    return list(session.scalars(query))


def unanswered(session: Session, rules: Rules, *, now: datetime, most: int = 500) -> list[int]:
    """Return whom we asked more than 60 days ago and who did not answer."""
    asked = asked_at()
    query = (
        select(Stakeholder.id)
        .where(is_silent(rules, now), asked.is_not(None), asked < now - ANSWER_WITHIN)
        .order_by(Stakeholder.id)
        .limit(most)
    )
    return list(session.scalars(query))
