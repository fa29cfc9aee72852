"""The list of people: its filters, and one page of it found by key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from outreach.core.changes import Change
from outreach.projects.models import Organisation
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.models import (
    Role,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    Tier,
)
from outreach.stakeholders.status import Status, has_status, status
from outreach.stakeholders.texts import folded

PAGE = 50
NEAR = 1_500
"""How many people are looked at by name before those who hold a role are."""
FEW = 10_000
"""So many people are asked one by one sooner than all holders of a role are listed."""


@dataclass(frozen=True)
class PeopleFilter:
    """What is asked of the list; within a group any value may match, groups must all match."""

    q: str = ""
    roles: tuple[str, ...] = ()
    levels: tuple[Tier, ...] = ()
    countries: tuple[str, ...] = ()
    tags: tuple[int, ...] = ()
    statuses: tuple[Status, ...] = ()
    batches: tuple[int, ...] = ()
    """Change sets that brought or changed them."""
    organisations: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    members: Select[int] | None = None
    """Who belongs to one of `segments`, as whoever knows their rules says."""

    def without(self, group: str) -> "PeopleFilter":
        """Return the filter with one group left open."""
        return self.with_choice(group, "" if group == "q" else ())

    def with_choice(self, group: str, values: Any) -> "PeopleFilter":
        """Return the filter with other values in one group."""
        changed: dict[str, Any] = {group: values}
        return replace(self, **changed)


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
    those = select(Stakeholder.id).where(*_levels_and_countries(wanted)).limit(FEW + 1)
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


def conditions(
    wanted: PeopleFilter, now: datetime, *, by_person: bool = False
) -> list[ColumnElement[bool]]:
    """Return what a person must fulfil; erased and merged people are never listed.

    `by_person` asks each person for a role, instead of looking who holds it: better for few people.
    """
    found: list[ColumnElement[bool]] = [
        Stakeholder.erased_at.is_(None),
        Stakeholder.merged_into_id.is_(None),
    ]
    found += matches(wanted.q)
    if wanted.roles:
        is_holder = _holds(wanted.roles, now)
        found.append(is_holder if by_person else Stakeholder.id.in_(holders(wanted.roles, now)))
    found += _levels_and_countries(wanted)
    if wanted.tags:
        found.append(Stakeholder.id.in_(tagged(wanted.tags)))
    if wanted.statuses:
        found.append(or_(*map(has_status, wanted.statuses)))
    if wanted.batches:
        found.append(Stakeholder.id.in_(touched_by(wanted.batches)))
    if wanted.organisations:
        found.append(Stakeholder.organisation_id.in_(wanted.organisations))
    if wanted.members is not None:
        found.append(Stakeholder.id.in_(wanted.members))
    return found


def _levels_and_countries(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.levels:
        found.append(Stakeholder.tier.in_(wanted.levels))
    if wanted.countries:
        found.append(Stakeholder.country.in_(wanted.countries))
    return found


def ids_of(session: Session, wanted: PeopleFilter, *, now: datetime) -> list[int]:
    """Return the ids of everybody the filter finds."""
    return list(session.scalars(select(Stakeholder.id).where(*conditions(wanted, now))))


def touched_by(change_set_ids: tuple[int, ...]) -> Select[int]:
    """Select the people that imports or bulk actions brought or changed."""
    return select(Change.object_id).where(
        Change.change_set_id.in_(change_set_ids), Change.object_type == "stakeholder"
    )


def matches(q: str) -> list[ColumnElement[bool]]:
    """Every word of `q` must occur somewhere in name, address or organisation."""
    return [
        Stakeholder.search_text.like(f"%{_escaped(word)}%", escape="\\")
        for word in folded(q).split()[:8]
    ]


def tagged(tag_ids: tuple[int, ...]) -> Select[int]:
    """Select the people who have one of the tags."""
    return select(StakeholderTag.stakeholder_id).where(StakeholderTag.tag_id.in_(tag_ids))


def holders(slugs: tuple[str, ...], now: datetime) -> Select[int]:
    """Select the people who hold one of the roles at `now`."""
    # Joined: of a list of ids SQLite reads the whole index.
    return (
        select(StakeholderRole.stakeholder_id)
        .join(Role, Role.id == StakeholderRole.role_id)
        .where(Role.slug.in_(slugs), holds_now(now))
    )


def _holds(slugs: tuple[str, ...], now: datetime) -> ColumnElement[bool]:
    """Say whether `Stakeholder` holds one of the roles at `now`."""
    return exists().where(
        StakeholderRole.stakeholder_id == Stakeholder.id,
        StakeholderRole.role_id.in_(select(Role.id).where(Role.slug.in_(slugs))),
        holds_now(now),
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


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
