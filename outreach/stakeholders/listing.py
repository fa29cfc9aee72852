"""The list of people: its filters, and one page of it found by key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
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
    found = list(session.execute(_page_query(wanted, now, key, is_backward=is_backward)))
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


def _key_of(session: Session, stakeholder_id: int | None) -> tuple[str, int] | None:
    if stakeholder_id is None:
        return None
    found = session.execute(
        select(Stakeholder.sort_name, Stakeholder.id).where(Stakeholder.id == stakeholder_id)
    ).first()
    return (found.sort_name, found.id) if found else None


def _page_query(
    wanted: PeopleFilter, now: datetime, key: tuple[str, int] | None, *, is_backward: bool
) -> Select[int, str, str | None, str | None, Tier | None, str | None, str]:
    order = (Stakeholder.sort_name, Stakeholder.id)
    placed = [column.desc() for column in order] if is_backward else order
    # First who is on the page, then what is told of them: a database works a person's status out
    # for everybody it has to sort, and of thousands only fifty are shown.
    chosen = select(Stakeholder.id).where(*conditions(wanted, now)).limit(PAGE + 1)
    if key is not None:
        place = tuple_(*order)
        chosen = chosen.where(place < tuple_(*key) if is_backward else place > tuple_(*key))
    shown = chosen.order_by(*placed).subquery()
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


def conditions(wanted: PeopleFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Return what a person must fulfil; erased and merged people are never listed."""
    found: list[ColumnElement[bool]] = [
        Stakeholder.erased_at.is_(None),
        Stakeholder.merged_into_id.is_(None),
    ]
    found += matches(wanted.q)
    if wanted.roles:
        found.append(Stakeholder.id.in_(holders(wanted.roles, now)))
    if wanted.levels:
        found.append(Stakeholder.tier.in_(wanted.levels))
    if wanted.countries:
        found.append(Stakeholder.country.in_(wanted.countries))
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


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _roles_of(session: Session, ids: list[int], now: datetime) -> dict[int, list[Role]]:
    found: dict[int, list[Role]] = {}
    query = (
        select(StakeholderRole.stakeholder_id, Role)
        .join(Role, Role.id == StakeholderRole.role_id)
        .where(StakeholderRole.stakeholder_id.in_(ids), holds_now(now))
        .order_by(Role.position, Role.id)
    )
    for stakeholder_id, role in session.execute(query):
        found.setdefault(stakeholder_id, []).append(role)
    return found
