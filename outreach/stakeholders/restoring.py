"""Putting people back as they were before an import, a bulk action or a merge."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.slugs import slugify
from outreach.stakeholders.ledger import last_entry, record_consent, take_up_again, write_stop
from outreach.stakeholders.models import (
    Basis,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
    Tier,
)
from outreach.stakeholders.people import organisation_named, tags_named
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


def restore(
    session: Session,
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
        person.organisation = organisation_named(session, shown)
    _restore_belongings(session, person, before, after, batch.created_at)
    person.sort_name = sort_name_of(person.name, person.email or "")
    person.search_text = search_text_of(person.name, person.email or "", shown)
    person.updated_at = now


def _value(column: str, value: Any) -> Any:
    if column == "tier":
        return Tier(value) if value else None
    return value if column == "country" else value or ("en" if column == "language" else "")


def _restore_belongings(
    session: Session,
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
    person.tags += tags_named(session, missing)


def take_consent_back(
    session: Session, person_id: int, batch: ChangeSet, now: datetime, actor: str
) -> None:
    """Let a consent that came with the batch count no more; a later import may give a basis."""
    entries = session.scalars(
        select(ConsentEntry).where(
            ConsentEntry.change_set_id == batch.id, ConsentEntry.stakeholder_id == person_id
        )
    ).all()
    for entry in entries:
        if last_entry(session, person_id, entry.list_id, entry.purpose) is not entry:
            continue
        before = _entry_before(session, entry)
        if before is not None and batch.kind is ChangeKind.MERGE:
            take_up_again(
                session, before, now=now, actor=actor, source=f"Taken back: {batch.label}"
            )
        else:
            record_consent(
                session,
                person_id,
                entry.list_id,
                entry.purpose,
                ConsentState.ACTIVE,
                basis=Basis.UNKNOWN,
                source=f"Taken back with batch {batch.id}",
                actor=actor,
                now=now,
            )
            write_stop(session, person_id, entry.list_id, Purpose.NEWSLETTER, now)


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
