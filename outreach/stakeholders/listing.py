"""The list of people: one page of it, found by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from outreach.projects.models import Organisation
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.filtering import PeopleFilter, conditions, levels_and_countries
from outreach.stakeholders.models import (
    Role,
    Stakeholder,
    StakeholderRole,
    Tier,
)
from outreach.stakeholders.status import Status, status

PAGE = 50
NEAR = 1_500
"""How many people are looked at by name before those who hold a role are."""
FEW = 10_000
"""So many people are asked one by one sooner than all holders of a role are listed."""


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
    is_backward = before is not None and key is not None
    found = _found(session, wanted, now, key, is_backward=is_backward)
    has_more = len(found) > PAGE
    found = found[:PAGE]
    if is_backward:
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
    leads_back = has_more if is_backward else key is not None
    leads_on = is_backward or has_more
    return PeoplePage(
        rows,
        before=rows[0].id if rows and leads_back else None,
        after=rows[-1].id if rows and leads_on else None,
    )


def _found(
    session: Session,
    wanted: PeopleFilter,
    now: datetime,
    key: tuple[str, int] | None,
    *,
    is_backward: bool,
) -> list[Any]:
    """Return the page's people and one more, if there is one.

    Where a level or a country leaves few people, they are found by it, and each is asked for a
    role. Of a role that many hold some are among the next people by name: those are looked at
    first, since all its holders would have to be sorted for fifty of them. Three roles took 50 ms
    of SQLite at 100,000 people and take 4, with a level 57 and take 12; a level took 65, takes 3.
    """
    ask = partial(_page_query, wanted, now, key, is_backward=is_backward)
    if wanted.roles and wanted.without("roles") == PeopleFilter():
        near = list(session.execute(ask(by_person=True, among=NEAR)))
        return near if len(near) > PAGE else list(session.execute(ask()))
    return list(session.execute(ask(by_person=_leave_few(session, wanted))))


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


def _page_query(
    wanted: PeopleFilter,
    now: datetime,
    key: tuple[str, int] | None,
    *,
    is_backward: bool,
    by_person: bool = False,
    among: int | None = None,
) -> Select[int, str, str | None, str | None, Tier | None, str | None, str]:
    # Few people are found by their level or country and then sorted. SQLite would rather go through
    # everybody by name, as it knows neither how few they are nor that fifty are enough: where the
    # name it sorts by is no column, it has no index for that.
    name = (
        Stakeholder.sort_name.concat("") if by_person and among is None else Stakeholder.sort_name
    )
    order = (name, Stakeholder.id)
    placed = [column.desc() for column in order] if is_backward else order
    # First who is on the page, then what is told of them: a database works a person's status out
    # for everybody it has to sort, and of thousands only fifty are shown.
    place = tuple_(*order)
    beyond = [] if key is None else [place < tuple_(*key) if is_backward else place > tuple_(*key)]
    chosen = select(Stakeholder.id).where(*conditions(wanted, now, by_person=by_person))
    if among is None:
        chosen = chosen.where(*beyond)
    else:
        next_ones = select(Stakeholder.id).where(*beyond).order_by(*placed).limit(among).subquery()
        chosen = chosen.join(next_ones, next_ones.c.id == Stakeholder.id)
    shown = chosen.order_by(*placed).limit(PAGE + 1).subquery()
    return (
        select(
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.email,
            Stakeholder.country,
            Stakeholder.tier,
            Organisation.name.label("organisation"),
            status().label("status"),
        )
        .join(shown, shown.c.id == Stakeholder.id)
        .outerjoin(Organisation, Organisation.id == Stakeholder.organisation_id)
        .order_by(*placed)
    )


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
