"""The list of people: one page of it, found by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from outreach.core.lookups import by_no_index
from outreach.projects.models import Organisation
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.filtering import (
    PeopleFilter,
    asked_of_each,
    conditions,
    levels_and_countries,
    told_in_order,
)
from outreach.stakeholders.models import (
    Role,
    Stakeholder,
    StakeholderRole,
    Tier,
)
from outreach.stakeholders.status import Status, status

PAGE = 50
NEAR = 1_500
"""How many people are asked one by one, in the order of their names, before all are sorted."""
FEW = 10_000
"""So many people are looked up and sorted sooner than all are gone through by name."""


@dataclass(frozen=True)
class PersonRow:
    """A line of the list."""

    id: int
    name: str
    email: str
    organisation: str | None
    country: str | None
    level: Tier | None
    status: Status
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class PeoplePage:
    """A page of the list; `before` and `after` are the keys (ids) of its neighbours, or None."""

    rows: Sequence[PersonRow]
    before: int | None
    after: int | None


def page_of_people(
    session: Session,
    wanted: PeopleFilter,
    *,
    now: datetime,
    after: int | None = None,
    before: int | None = None,
) -> PeoplePage:
    """Return up to 50 people by name, following person `after` or leading up to `before`.

    By key, not by number: the last page costs what the first one does. A key nobody has any more
    begins at the beginning.
    """
    key = _key_of(session, before or after)
    place = _Place(key, is_backward=before is not None and key is not None)
    found = _told(session, _ids_found(session, wanted, now, place), place)
    has_more = len(found) > PAGE
    found = found[:PAGE]
    if place.is_backward:
        found.reverse()
    roles = _roles_of(session, [row.id for row in found], now)
    rows = [
        PersonRow(
            row.id,
            row.name,
            row.email,
            row.organisation,
            row.country,
            row.tier,
            Status(row.status),
            tuple(roles.get(row.id, ())),
        )
        for row in found
    ]
    leads_back = has_more if place.is_backward else key is not None
    leads_on = place.is_backward or has_more
    return PeoplePage(
        rows,
        before=rows[0].id if rows and leads_back else None,
        after=rows[-1].id if rows and leads_on else None,
    )


@dataclass(frozen=True)
class _Place:
    """Where a page lies: the key beyond which its people are, and in which direction."""

    key: tuple[str, int] | None
    is_backward: bool

    def order(
        self, person: type[Stakeholder] = Stakeholder, *, by_index: bool = True
    ) -> list[UnaryExpression[Any]]:
        """By which columns people come nearest first."""
        # Few people are sorted by what they are. SQLite would rather go through everybody by name,
        # as it does not know how few they are.
        name = person.sort_name if by_index else by_no_index(person.sort_name)
        columns = (name, person.id)
        return [c.desc() if self.is_backward else c.asc() for c in columns]

    @property
    def beyond(self) -> list[ColumnElement[bool]]:
        """The condition of lying beyond the key."""
        if self.key is None:
            return []
        place, key = tuple_(Stakeholder.sort_name, Stakeholder.id), tuple_(*self.key)
        return [place < key if self.is_backward else place > key]


def _ids_found(
    session: Session, wanted: PeopleFilter, now: datetime, place: _Place
) -> Sequence[int] | Select[int]:
    """Return the ids of the page's people and of one more, if there is one, or select them.

    Where a level or a country leaves few people, they are found by it, and each is asked for a
    role. Else some of a page's people are mostly among the next ones by name, whom an index has in
    order with their level and country: those are asked one by one before everybody who fulfils a
    condition is listed and sorted, of whom a page shows fifty.
    """
    if _leave_few(session, wanted):
        return _everybody(wanted, now, place, by_person=True, by_index=False)
    if _is_asked_of_each(wanted):
        near = session.scalars(_near(wanted, now, place)).all()
        if len(near) > PAGE:
            return near
    leaves_few = (wanted.q, wanted.tags, wanted.statuses, wanted.levels, wanted.countries)
    return _everybody(wanted, now, place, by_person=any(leaves_few))


def _is_asked_of_each(wanted: PeopleFilter) -> bool:
    """Say whether something is asked that no order tells, and nothing that is told by lists."""
    by_lists = wanted.batches or wanted.organisations or wanted.members is not None
    return bool(wanted.roles or wanted.tags or wanted.statuses) and not by_lists


def _near(wanted: PeopleFilter, now: datetime, place: _Place) -> Select[int]:
    """Select whom the next people by name hold, at most a page and one more."""
    told = [Stakeholder.id, Stakeholder.sort_name]
    if wanted.statuses:
        told.append(Stakeholder.fingerprint)  # in no index by name
    next_ones = (
        select(*told)
        .where(*told_in_order(wanted), *place.beyond)
        .order_by(*place.order())
        .limit(NEAR)
        .subquery()
    )
    person = aliased(Stakeholder, next_ones)
    return (
        select(person.id)
        .where(*asked_of_each(wanted, now, person))
        .order_by(*place.order(person))
        .limit(PAGE + 1)
    )


def _everybody(
    wanted: PeopleFilter,
    now: datetime,
    place: _Place,
    *,
    by_person: bool,
    by_index: bool = True,
) -> Select[int]:
    return (
        select(Stakeholder.id)
        .where(*conditions(wanted, now, by_person=by_person, in_order=by_index), *place.beyond)
        .order_by(*place.order(by_index=by_index))
        .limit(PAGE + 1)
    )


def _told(session: Session, ids: Sequence[int] | Select[int], place: _Place) -> list[Any]:
    """Return what is told of people, in their order: only of those who are shown.

    A database asked for all at once works a status out for everybody it has to sort.
    """
    query = (
        select(
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.email,
            Stakeholder.country,
            Stakeholder.tier,
            Organisation.name.label("organisation"),
            status().label("status"),
        )
        .where(Stakeholder.id.in_(ids))
        .outerjoin(Organisation, Organisation.id == Stakeholder.organisation_id)
        .order_by(*place.order(by_index=False))
    )
    return list(session.execute(query))


def _leave_few(session: Session, wanted: PeopleFilter) -> bool:
    """Say whether the levels and countries asked for leave few people."""
    if not (wanted.levels or wanted.countries):
        return False
    those = select(Stakeholder.id).where(*levels_and_countries(wanted)).limit(FEW + 1)
    return (session.scalar(select(func.count()).select_from(those.subquery())) or 0) <= FEW


def _key_of(session: Session, stakeholder_id: int | None) -> tuple[str, int] | None:
    if stakeholder_id is None:
        return None
    found = session.execute(
        select(Stakeholder.sort_name, Stakeholder.id).where(Stakeholder.id == stakeholder_id)
    ).first()
    return (found.sort_name, found.id) if found else None


def _roles_of(session: Session, ids: list[int], now: datetime) -> dict[int, list[Role]]:
    """Return the roles of people by precedence.

    Their names are not read for each person anew: a session that knows the roles is not asked.
    """
    found: dict[int, list[Role]] = {}
    query = (
        select(StakeholderRole.stakeholder_id, Role.id)
        .join(Role, Role.id == StakeholderRole.role_id)
        .where(StakeholderRole.stakeholder_id.in_(ids), holds_now(now))
        .order_by(Role.position, Role.id)
    )
    for stakeholder_id, role_id in session.execute(query):
        found.setdefault(stakeholder_id, []).append(session.get_one(Role, role_id))
    return found
