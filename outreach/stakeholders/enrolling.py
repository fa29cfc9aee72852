"""Many people at once: what they have in common is looked up once, and all are written together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.keys import KeyRing
from outreach.core.slugs import slugify
from outreach.projects.models import Organisation
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.people import (
    AlreadyThere,
    PersonData,
    hold,
    new_person,
    tags_named,
    topics_named,
)
from outreach.stakeholders.roles import roles_named
from outreach.stakeholders.texts import one_line


@dataclass(frozen=True)
class Arrival:
    """Somebody to be enrolled: who, in which roles (slugs), from when on."""

    person: PersonData
    roles: Collection[str]
    at: datetime


def enrol_all(
    session: Session, arrivals: Sequence[Arrival], *, ring: KeyRing
) -> Sequence[Stakeholder]:
    """Add people, in their order, as `people.enrol` adds one; says nothing about consent.

    Raises BadAddress, UnknownRole, or AlreadyThere when an address is taken.
    """
    emails = [normalise(arrival.person.email) for arrival in arrivals]
    taken = select(Stakeholder.email, Stakeholder.id).where(Stakeholder.email.in_(emails)).limit(1)
    for email, known in session.execute(taken):
        raise AlreadyThere(str(email), known)
    persons = [arrival.person for arrival in arrivals]
    slugs = {slug for arrival in arrivals for slug in arrival.roles}
    roles = {role.slug: role for role in roles_named(session, slugs)}
    organisations = _organisations(session, (person.organisation for person in persons))
    topics = topics_named(session, {name: None for person in persons for name in person.topics})
    tags = tags_named(session, (name for person in persons for name in person.tags))
    made = []
    for arrival, email in zip(arrivals, emails, strict=True):
        person = arrival.person
        stakeholder = new_person(person, email, ring=ring, now=arrival.at)
        stakeholder.organisation = organisations.get(one_line(person.organisation, 200))
        wanted = {slugify(one_line(name, 60)) for name in person.topics}
        stakeholder.topics = [topic for topic in topics if topic.slug in wanted]
        labels = {one_line(name, 60) for name in person.tags}
        stakeholder.tags = [tag for tag in tags if tag.name in labels]
        hold(stakeholder, [roles[slug] for slug in arrival.roles], arrival.at)
        made.append(stakeholder)
    session.add_all(made)
    session.flush()  # callers record consent for the ids
    return made


def _organisations(session: Session, names: Iterable[str]) -> Mapping[str, Organisation]:
    """Return the organisations with these names by name, made where they are new."""
    wanted = dict.fromkeys(line for name in names if (line := one_line(name, 200)))
    found = session.scalars(select(Organisation).where(Organisation.name.in_(wanted)))
    known = {organisation.name: organisation for organisation in found}
    made = [Organisation(name=name) for name in wanted if name not in known]
    session.add_all(made)
    return known | {organisation.name: organisation for organisation in made}
