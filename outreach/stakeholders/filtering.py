"""Whom the list of people is narrowed to: its filters, as conditions on a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from outreach.core.changes import Change
from outreach.core.lookups import by_no_index
from outreach.stakeholders.eligibility import holds_now, is_listed
from outreach.stakeholders.models import (
    Role,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    Tier,
)
from outreach.stakeholders.models.marks import ENDS, LAST, bit_of
from outreach.stakeholders.status import Status, has_status, status
from outreach.stakeholders.texts import folded


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


def conditions(
    wanted: PeopleFilter, now: datetime, *, by_person: bool = False, in_order: bool = False
) -> list[ColumnElement[bool]]:
    """Return what a person must fulfil; erased and merged people are never listed.

    `by_person` asks each person for a role, instead of looking who holds it: better for few people.
    `in_order` is for a page of many who live where they must: they are sorted already.
    """
    found = told_in_order(wanted) if in_order else _told_by_any_way(wanted)
    if wanted.roles:
        is_holder = holds_role(wanted.roles, now)
        found.append(is_holder if by_person else Stakeholder.id.in_(holders(wanted.roles, now)))
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


def _told_by_any_way(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    return [is_listed(), *matches(wanted.q), *levels_and_countries(wanted)]


def told_in_order(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that the index decides by which people are sorted."""
    # Of a level or country SQLite would look up and sort everybody, as it does not know that the
    # first of them are enough.
    told = [
        by_no_index(column).in_(values)
        for column, values in (
            (Stakeholder.tier, wanted.levels),
            (Stakeholder.country, wanted.countries),
        )
        if values
    ]
    return [is_listed(), *matches(wanted.q), *told]


def asked_of_each(
    wanted: PeopleFilter, now: datetime, person: type[Stakeholder]
) -> list[ColumnElement[bool]]:
    """Return the conditions on roles, tags and statuses as questions to one `person`.

    By counting: of whatever else is asked, PostgreSQL first lists everybody who fulfils it.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.roles:
        held = holders(wanted.roles, now).where(StakeholderRole.stakeholder_id == person.id)
        found.append(_number(held) > 0)
    if wanted.tags:
        given = tagged(wanted.tags).where(StakeholderTag.stakeholder_id == person.id)
        found.append(_number(given) > 0)
    if wanted.statuses:
        found.append(status(person).in_(wanted.statuses))
    return found


def _number(query: Select[int]) -> ColumnElement[int]:
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    return counted.scalar_subquery()


def levels_and_countries(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    """Return what a person's own level and country must fulfil."""
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


def holders(slugs: Sequence[str], now: datetime) -> Select[int]:
    """Select the people who hold one of the roles at `now`."""
    # Joined: of a list of ids SQLite reads the whole index.
    return (
        select(StakeholderRole.stakeholder_id)
        .join(Role, Role.id == StakeholderRole.role_id)
        .where(Role.slug.in_(slugs), holds_now(now))
    )


def holds_role_by_marks(slugs: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """Say the same as `holds_role` by marks, for questions about everybody; never NULL."""
    bits = cast(func.sum(bit_of(Role.id)), BigInteger)
    asked = select(func.coalesce(bits, 0)).where(Role.slug.in_(slugs), Role.id <= LAST)
    marks = Stakeholder.role_marks
    is_marked = func.coalesce(marks.bitwise_and(asked.scalar_subquery()), 0) != 0
    other = aliased(Stakeholder)
    unmarked = select(other.id).where(other.role_marks.is_(None))
    of_unmarked = holders(slugs, now).where(StakeholderRole.stakeholder_id.in_(unmarked))
    term = StakeholderRole
    ending = (
        select(term.stakeholder_id)
        .join(Role, Role.id == term.role_id)
        .where(Role.slug.in_(slugs), term.until > now, term.since <= now)
    )
    asked_of_terms = by_no_index(Stakeholder.id).in_(union_all(ending, of_unmarked))
    return or_(is_marked, and_(or_(marks.is_(None), marks >= ENDS), asked_of_terms))


def holds_role(slugs: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """Say whether `Stakeholder` holds one of the roles at `now`."""
    return exists().where(
        StakeholderRole.stakeholder_id == Stakeholder.id,
        StakeholderRole.role_id.in_(select(Role.id).where(Role.slug.in_(slugs))),
        holds_now(now),
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
