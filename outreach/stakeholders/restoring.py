"""Putting people back as they were before an import, a bulk action or a merge."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.slugs import slugify
from outreach.projects.models import Organisation
from outreach.stakeholders.ledger import (
    append_for_many,
    lock_people,
    next_standing,
    standing_columns,
    standing_of,
    take_up_again,
    write_stop,
)
from outreach.stakeholders.models import (
    Basis,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
    Tag,
    Tier,
)
from outreach.stakeholders.texts import search_text_of, sort_name_of
from outreach.stakeholders.wishes import restore_wishes

_COLUMNS = ("name", "given_name", "job_title", "country", "language", "tier")


def people_of(session: Session, ids: Collection[int]) -> Sequence[Stakeholder]:
    """Return those of `ids` who were not erased, with all that a batch may have changed."""
    return session.scalars(
        select(Stakeholder)
        .where(Stakeholder.id.in_(ids), Stakeholder.erased_at.is_(None))
        .options(
            joinedload(Stakeholder.organisation),
            selectinload(Stakeholder.roles).joinedload(StakeholderRole.role),
            selectinload(Stakeholder.topics),
            selectinload(Stakeholder.tags),
        )
    ).all()


class Named:
    """Organisations and tags by their names, asked for once for a group of people.

    A question of each person's own would first write down everybody before them.
    """

    def __init__(self, session: Session, befores: Collection[Mapping[str, Any]]) -> None:
        """`befores` are what people were before a change."""
        employers = {before.get("organisation") or "" for before in befores}
        tags = {name for before in befores for name in before.get("tags", ())}
        self._session = session
        employed = select(Organisation).where(Organisation.name.in_(employers))
        self._organisations = {found.name: found for found in session.scalars(employed)}
        tagged = select(Tag).where(Tag.name.in_(tags))
        self._tags = {found.name: found for found in session.scalars(tagged)}

    def organisation(self, name: str) -> Organisation | None:
        """Return the organisation with this name, made if it is gone; None for an empty name."""
        if name and name not in self._organisations:
            self._session.add(made := Organisation(name=name))
            self._organisations[name] = made
        return self._organisations.get(name)

    def tag(self, name: str) -> Tag:
        """Return the tag with this name, made if it is gone."""
        if name not in self._tags:
            self._session.add(made := Tag(name=name))
            self._tags[name] = made
        return self._tags[name]


def restore(
    named: Named,
    person: Stakeholder,
    before: dict[str, Any],
    after: dict[str, Any],
    batch: ChangeSet,
    now: datetime,
) -> None:
    """Put back what the batch changed from `before` to `after`, where it still is so."""
    for column in _COLUMNS:
        # What somebody changed since stays: only what still is as the batch left it goes back.
        if column in after and getattr(person, column) == after[column]:
            setattr(person, column, _value(column, before.get(column)))
    restore_wishes(person, before, after)
    shown = person.organisation.name if person.organisation else ""
    if "organisation" in after and shown == after["organisation"]:
        shown = before.get("organisation") or ""
        person.organisation = named.organisation(shown)
    _restore_belongings(named, person, before, after, batch.created_at)
    person.sort_name = sort_name_of(person.name, person.email or "")
    person.search_text = search_text_of(person.name, person.email or "", shown)
    person.updated_at = now


def _value(column: str, value: Any) -> Any:
    if column == "tier":
        return Tier(value) if value else None
    return value if column == "country" else value or ("en" if column == "language" else "")


def _restore_belongings(
    named: Named,
    person: Stakeholder,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: datetime,
) -> None:
    begun, ended = set(after.get("roles", ())), set(before.get("roles", ()))
    for held in list(person.roles):
        # Imports and bulk actions note the ids of roles, a merge all slugs before and after.
        names = {held.role_id, held.role.slug}
        if names & (begun - ended) and held.since == at:
            person.roles.remove(held)
        elif names & (ended - begun) and held.until == at:
            was_until = before.get("until")
            held.until = datetime.fromisoformat(was_until) if was_until else None
    topics = {slugify(name) for name in after.get("topics", ())}
    topics -= {slugify(name) for name in before.get("topics", ())}
    person.topics = [topic for topic in person.topics if topic.slug not in topics]
    given = set(after.get("tags", ())) - set(before.get("tags", ()))
    person.tags = [tag for tag in person.tags if tag.name not in given]
    missing = set(before.get("tags", ())) - {tag.name for tag in person.tags}
    person.tags += [named.tag(name) for name in sorted(missing)]


def take_consents_back(
    session: Session, ids: Collection[int], batch: ChangeSet, now: datetime, actor: str
) -> None:
    """Let what came with the batch count no more as consent; a later import may give a basis."""
    lock_people(session, ids)
    ended = []
    for entry in _standing_lines(session, ids, batch):
        before = _entry_before(session, entry) if batch.kind is ChangeKind.MERGE else None
        if before is None:
            ended.append(entry)
        else:
            take_up_again(
                session, before, now=now, actor=actor, source=f"Taken back: {batch.label}"
            )
    append_for_many(session, [_without_basis(entry, batch, now, actor) for entry in ended])
    for entry in ended:
        write_stop(session, entry.stakeholder_id, entry.list_id, Purpose.NEWSLETTER, now)


def _standing_lines(
    session: Session, ids: Collection[int], batch: ChangeSet
) -> Sequence[ConsentEntry]:
    """Return the batch's lines of the ledger that nothing was said after."""
    of_them = ConsentEntry.stakeholder_id.in_(ids)
    key = (ConsentEntry.stakeholder_id, ConsentEntry.list_id, ConsentEntry.purpose)
    last = select(func.max(ConsentEntry.id)).where(of_them).group_by(*key)
    return session.scalars(
        select(ConsentEntry)
        .where(of_them, ConsentEntry.change_set_id == batch.id, ConsentEntry.id.in_(last))
        .order_by(ConsentEntry.id)
    ).all()


def _without_basis(
    entry: ConsentEntry, batch: ChangeSet, now: datetime, actor: str
) -> ConsentEntry:
    standing = next_standing(standing_of(entry), ConsentState.ACTIVE, Basis.UNKNOWN, now)
    return ConsentEntry(
        stakeholder_id=entry.stakeholder_id,
        list_id=entry.list_id,
        purpose=entry.purpose,
        source=f"Taken back with batch {batch.id}",
        actor=actor[:200],
        recorded_at=now,
        **standing_columns(standing),
    )


def _entry_before(session: Session, entry: ConsentEntry) -> ConsentEntry | None:
    return session.scalars(
        select(ConsentEntry)
        .where(
            ConsentEntry.stakeholder_id == entry.stakeholder_id,
            ConsentEntry.list_id == entry.list_id,
            ConsentEntry.purpose == entry.purpose,
            ConsentEntry.id < entry.id,
        )
        .order_by(ConsentEntry.id.desc())
        .limit(1)
    ).first()
