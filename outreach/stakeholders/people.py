"""People: enrol, amend, and the roles they hold over time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeKind, ChangeSet, record_change
from outreach.core.errors import Conflict, NotFound
from outreach.core.keys import KeyRing
from outreach.core.slugs import slugify
from outreach.core.text import LocalText
from outreach.projects.models import Organisation
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.models import Role, Stakeholder, StakeholderRole, Tag, Tier, Topic
from outreach.stakeholders.moving import move
from outreach.stakeholders.roles import roles_named
from outreach.stakeholders.texts import one_line, search_text_of, sort_name_of


@dataclass(frozen=True)
class PersonData:
    """A person as a form, a file row or a test describes them.

    `organisation`, `topics` and `tags` are names: what does not exist yet is made. `source` says
    where we have the person from (GDPR Art. 14(2)(f)). A level counts only with a public role.
    """

    email: str
    name: str = ""
    given_name: str = ""
    job_title: str = ""
    organisation: str = ""
    country: str | None = None
    language: str = "en"
    tier: Tier | None = None
    source: str = ""
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class AlreadyThere(Conflict):
    """Somebody with this address is a stakeholder already; `stakeholder_id` says who."""

    def __init__(self, email: str, stakeholder_id: int) -> None:
        super().__init__(f"{email} is a stakeholder already.", "Open and edit that person instead.")
        self.stakeholder_id = stakeholder_id


def enrol(
    session: Session,
    person: PersonData,
    *,
    roles: Collection[str],
    now: datetime,
    ring: KeyRing,
    change_set: ChangeSet | None = None,
) -> Stakeholder:
    """Add a person who holds `roles` (slugs) from now on; says nothing about consent.

    Raises BadAddress, UnknownRole, or AlreadyThere when the address is taken.
    """
    email = normalise(person.email)
    known = session.scalar(select(Stakeholder.id).where(Stakeholder.email == email))
    if known is not None:
        raise AlreadyThere(email, known)
    stakeholder = new_person(person, email, ring=ring, now=now)
    session.add(stakeholder)
    _fill(session, stakeholder, person)
    hold(stakeholder, roles_named(session, roles), now)
    session.flush()  # callers record consent for the id
    if change_set is not None:
        record_edit(session, change_set, stakeholder, before={})
    return stakeholder


def amend(
    session: Session,
    stakeholder_id: int,
    person: PersonData,
    *,
    roles: Collection[str],
    now: datetime,
    ring: KeyRing,
    actor: str,
    actor_id: int | None = None,
) -> Stakeholder:
    """Correct what we know of a person; roles left out end now, new ones begin now.

    A new address gets a new fingerprint: what the do-not-mail list holds belongs to the address.
    Only what the person wished goes along: whoever left or complained is the same person there.
    Raises what `enrol` raises, and NotFound for nobody or an erased person.
    """
    stakeholder = living(session, stakeholder_id)
    email = normalise(person.email)
    taken = session.scalar(
        select(Stakeholder.id).where(Stakeholder.email == email, Stakeholder.id != stakeholder_id)
    )
    if taken is not None:
        raise AlreadyThere(email, taken)
    before = snapshot(stakeholder, now)
    old_email, old_fingerprint = stakeholder.email, stakeholder.fingerprint
    for column, value in _plain_columns(person, email).items():
        setattr(stakeholder, column, value)
    stakeholder.fingerprint = ring.fingerprint(email)
    move(
        session,
        stakeholder,
        old_email=old_email,
        old_fingerprint=old_fingerprint,
        actor=actor,
        now=now,
    )
    stakeholder.updated_at = now
    _fill(session, stakeholder, person)
    hold(stakeholder, roles_named(session, roles), now)
    record_edit(session, _edit_of(stakeholder, now, actor, actor_id), stakeholder, before=before)
    return stakeholder


def change_roles(
    session: Session, stakeholder_id: int, roles: Collection[str], *, now: datetime
) -> Stakeholder:
    """Let a person hold exactly `roles` (slugs) from `now` on; others end, past ones stay known."""
    stakeholder = living(session, stakeholder_id)
    hold(stakeholder, roles_named(session, roles), now)
    stakeholder.updated_at = now
    return stakeholder


def living(session: Session, stakeholder_id: int) -> Stakeholder:
    """Return a person who is neither erased nor missing, following a merge.

    Raises NotFound; an erased and a missing person look the same.
    """
    stakeholder = session.get(Stakeholder, stakeholder_id)
    while stakeholder is not None and stakeholder.merged_into_id is not None:
        stakeholder = session.get(Stakeholder, stakeholder.merged_into_id)
    if stakeholder is None or stakeholder.erased_at is not None:
        raise NotFound("There is no such person.")
    return stakeholder


def id_by_address(session: Session, text: str) -> int | None:
    """Return whose address a text is, also a former one that was merged; None for nobody's."""
    address = text.strip().lower()
    if "@" not in address:
        return None
    whose = func.coalesce(Stakeholder.merged_into_id, Stakeholder.id)
    return session.scalar(select(whose).where(Stakeholder.email == address))


def snapshot(stakeholder: Stakeholder, now: datetime) -> dict[str, Any]:
    """Return what a change set keeps of a person: plain values, roles held now by slug."""
    return {
        "email": stakeholder.email,
        "name": stakeholder.name,
        "given_name": stakeholder.given_name,
        "job_title": stakeholder.job_title,
        "organisation": stakeholder.organisation.name if stakeholder.organisation else "",
        "country": stakeholder.country,
        "language": stakeholder.language,
        "tier": stakeholder.tier,
        "source": stakeholder.source,
        "roles": sorted(held.role.slug for held in stakeholder.roles_at(now)),
        "topics": sorted(topic.slug for topic in stakeholder.topics),
        "tags": sorted(tag.name for tag in stakeholder.tags),
    }


def new_person(person: PersonData, email: str, *, ring: KeyRing, now: datetime) -> Stakeholder:
    """Return a person with nothing but their own words, not yet in any session."""
    stakeholder = Stakeholder(created_at=now, updated_at=now, **_plain_columns(person, email))
    stakeholder.fingerprint = ring.fingerprint(email)
    stakeholder.search_text = _search_text(stakeholder, person)
    return stakeholder


def _plain_columns(person: PersonData, email: str) -> dict[str, Any]:
    name = one_line(person.name, 200)
    return {
        "email": email,
        "name": name,
        "given_name": one_line(person.given_name, 100),
        "sort_name": sort_name_of(name, email),
        "job_title": one_line(person.job_title, 200),
        "country": person.country,
        "language": person.language,
        "tier": person.tier,
        "source": one_line(person.source, 400),
    }


def _fill(session: Session, stakeholder: Stakeholder, person: PersonData) -> None:
    stakeholder.organisation = organisation_named(session, person.organisation)
    stakeholder.search_text = _search_text(stakeholder, person)
    stakeholder.topics = topics_named(session, person.topics)
    stakeholder.tags = tags_named(session, person.tags)


def _search_text(stakeholder: Stakeholder, person: PersonData) -> str:
    organisation = one_line(person.organisation, 200)
    return search_text_of(stakeholder.name, stakeholder.email or "", organisation)


def hold(stakeholder: Stakeholder, roles: Iterable[Role], now: datetime) -> None:
    """Let a person hold exactly `roles` from `now` on; a level goes with the last public one."""
    wanted = {role.id: role for role in roles}
    current = {held.role_id: held for held in stakeholder.roles_at(now)}
    for role_id in current.keys() - wanted.keys():
        current[role_id].until = now
    for role_id in wanted.keys() - current.keys():
        _begin(stakeholder, wanted[role_id], now)
    if not any(role.is_public for role in wanted.values()):
        stakeholder.tier = None


def _begin(stakeholder: Stakeholder, role: Role, now: datetime) -> None:
    terms = [held for held in stakeholder.roles if held.role_id == role.id]
    # A term that is known to come stays the one that follows.
    until = min((held.since for held in terms if held.since > now), default=None)
    for held in terms:
        if held.since == now:
            held.until = until  # taken away and given back in one moment
            return
    term = StakeholderRole(role=role, role_id=role.id, since=now, until=until)
    stakeholder.roles.append(term)


def organisation_named(session: Session, name: str) -> Organisation | None:
    """Return the organisation with this name, made if it is new; None for an empty name."""
    name = one_line(name, 200)
    if not name:
        return None
    found = session.scalars(select(Organisation).where(Organisation.name == name)).first()
    if found is None:
        session.add(found := Organisation(name=name))
    return found


def topics_named(session: Session, names: Iterable[str]) -> list[Topic]:
    """Return the topics with these names or slugs, made where they are new."""
    lines = [one_line(name, 60) for name in names]
    wanted = {slugify(name): name for name in lines if name}
    if not wanted:
        return []
    known = {t.slug: t for t in session.scalars(select(Topic).where(Topic.slug.in_(wanted)))}
    made = [
        Topic(slug=slug, name=LocalText(en=name))
        for slug, name in wanted.items()
        if slug not in known
    ]
    session.add_all(made)
    return [*known.values(), *made]


def tags_named(session: Session, names: Iterable[str]) -> list[Tag]:
    """Return the tags with these names, made where they are new."""
    wanted = {one_line(name, 60) for name in names} - {""}
    if not wanted:
        return []
    known = {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.name.in_(wanted)))}
    made = [Tag(name=name) for name in sorted(wanted) if name not in known]
    session.add_all(made)
    return [*known.values(), *made]


def _edit_of(
    stakeholder: Stakeholder, now: datetime, actor: str, actor_id: int | None
) -> ChangeSet:
    # No name in the label: it would outlive an erasure.
    return ChangeSet(
        kind=ChangeKind.EDIT,
        label=f"Edited stakeholder {stakeholder.id}",
        actor=actor,
        actor_id=actor_id,
        created_at=now,
    )


def record_edit(
    session: Session, change_set: ChangeSet, stakeholder: Stakeholder, *, before: dict[str, Any]
) -> None:
    """Keep what changed of a person since `before`."""
    session.add(change_set)
    session.flush()  # a change needs the id of its set and of its person
    record_change(
        session,
        change_set,
        "stakeholder",
        stakeholder.id,
        before=before,
        after=snapshot(stakeholder, change_set.created_at),
    )
