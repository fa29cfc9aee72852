"""What a person says of themselves: read as they may read it, corrected by their own word."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.core.keys import KeyRing
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.models import Stakeholder, Tier
from outreach.stakeholders.people import PersonData, amend, living
from outreach.stakeholders.texts import one_line


@dataclass(frozen=True)
class More:
    """What somebody adds right after signing up; what is empty stays as it was."""

    name: str = ""
    organisation: str = ""
    country: str | None = None
    language: str = ""
    tier: Tier | None = None
    topics: tuple[str, ...] = ()
    """Slugs."""


def data_of(person: Stakeholder) -> PersonData:
    """Return a person as the services take one."""
    return PersonData(
        email=person.email or "",
        name=person.name,
        given_name=person.given_name,
        job_title=person.job_title,
        organisation=person.organisation.name if person.organisation else "",
        country=person.country,
        language=person.language,
        tier=person.tier,
        source=person.source,
        topics=tuple(topic.slug for topic in person.topics),
        tags=tuple(tag.name for tag in person.tags),
    )


def roles_of(person: Stakeholder, now: datetime) -> tuple[str, ...]:
    """Return the slugs of the roles a person holds now, by precedence."""
    held = [one.role for one in person.roles_at(now)]
    return tuple(role.slug for role in sorted(held, key=lambda role: (role.position, role.id)))


def say_more(
    session: Session, stakeholder_id: int, more: More, *, now: datetime, ring: KeyRing
) -> None:
    """Add what somebody said of themselves; raises NotFound for nobody."""
    person = living(session, stakeholder_id)
    known = data_of(person)
    told = replace(
        known,
        name=more.name or known.name,
        organisation=more.organisation or known.organisation,
        country=more.country or known.country,
        language=more.language or known.language,
        tier=more.tier or known.tier,
        topics=(*known.topics, *more.topics),
    )
    correct(session, person.id, told, roles=roles_of(person, now), now=now, ring=ring)


def correct(
    session: Session,
    stakeholder_id: int,
    told: PersonData,
    *,
    roles: Collection[str],
    other_role: str | None = None,
    now: datetime,
    ring: KeyRing,
) -> None:
    """Write down what a person says of themselves, as a change of their own.

    `other_role` is a role in their own words, "" for none any more; None leaves it as it is.
    """
    if other_role is not None:
        person = living(session, stakeholder_id)
        person.other_role = one_line(other_role, 100) or None
    amend(session, stakeholder_id, told, roles=roles, now=now, ring=ring, actor=THE_PERSON)
