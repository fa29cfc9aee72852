"""Taking back what an import or a bulk action did, within thirty days, whatever can be taken back.

Whoever has had a letter, has written to us or was edited since is kept as they are: the undo says
how many. The ledger is never cut: a consent that came with the batch is followed by a line that
says it was taken back. People the batch brought are emptied like erased ones, yet may come again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.db import Base
from outreach.core.errors import Conflict, NotFound
from outreach.core.slugs import slugify
from outreach.stakeholders.emptying import empty_people
from outreach.stakeholders.importing.applying import evidence_of
from outreach.stakeholders.ledger import last_entry, record_consent, take_up_again, write_stop
from outreach.stakeholders.models import (
    Basis,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
    Suppression,
    Tier,
)
from outreach.stakeholders.people import organisation_named, tags_named
from outreach.stakeholders.texts import search_text_of, sort_name_of
from outreach.stakeholders.wishes import restore_wishes

UNDO_WITHIN = timedelta(days=30)
UNDOABLE = (ChangeKind.IMPORT, ChangeKind.BULK, ChangeKind.MERGE)
CHUNK = 500
BROUGHT = frozenset(
    {"stakeholder_role", "stakeholder_topic", "stakeholder_tag", "consent", "consent_entry", "stop"}
)
"""What a batch itself writes about people; any other table tells that somebody relies on them."""
_COLUMNS = ("name", "given_name", "job_title", "country", "language", "tier")


@dataclass(frozen=True)
class Undone:
    """What an undo did: people removed, restored, kept; addresses off the do-not-mail list."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    released: int = 0


def undo(session: Session, change_set_id: int, *, now: datetime, actor: str) -> Undone:
    """Take a batch back; raises NotFound for none, Conflict for one that is too old or undone."""
    batch = session.get(ChangeSet, change_set_id, with_for_update=True)
    if batch is None or batch.kind not in UNDOABLE:
        raise NotFound
    refuse_too_late(batch, now)
    if batch.kind is ChangeKind.MERGE:
        _part(session, batch)
        _take_consent_back(session, batch.summary["kept"], batch, now, actor)
    removed, kept = _remove_new(session, batch, now, actor)
    restored = _restore_known(session, batch, now, actor)
    done = Undone(removed, restored, kept, _release(session, batch, now))
    batch.undone_at = now
    batch.summary = {**batch.summary, "undone": {**asdict(done), "by": actor}}
    return done


def _part(session: Session, batch: ChangeSet) -> None:
    """Let a merged record stand for itself again, with those that had followed it."""
    gone, followers = batch.summary["gone"], batch.summary["followed"]
    for ids, target in (([gone], None), (followers, gone)):
        session.execute(
            update(Stakeholder)
            .where(Stakeholder.id.in_(ids), Stakeholder.merged_into_id == batch.summary["kept"])
            .values(merged_into_id=target)
        )


def refuse_too_late(batch: ChangeSet, now: datetime) -> None:
    """Raise Conflict for a set that was undone already or is older than thirty days."""
    if batch.undone_at is not None:
        raise Conflict("This was taken back already.")
    if batch.created_at < now - UNDO_WITHIN:
        raise Conflict(
            "This is more than 30 days ago and can no longer be taken back.",
            "Its people can still be found by the batch, and changed together.",
        )


def _new(batch: ChangeSet) -> Select[int]:
    return select(Change.object_id).where(
        Change.change_set_id == batch.id, Change.after["new"].as_boolean().is_(True)
    )


def _remove_new(session: Session, batch: ChangeSet, now: datetime, actor: str) -> tuple[int, int]:
    """Empty the people the batch brought; returns how many, and how many are kept."""
    brought = Stakeholder.id.in_(_new(batch)) & Stakeholder.erased_at.is_(None)
    in_use = or_(*is_in_use(), _was_touched(batch))
    ids = session.scalars(select(Stakeholder.id).where(brought, ~in_use)).all()
    kept = len(session.scalars(select(Stakeholder.id).where(brought, in_use)).all())
    for start in range(0, len(ids), CHUNK):
        empty_people(session, ids[start : start + CHUNK], now=now, actor=actor)
    return len(ids), kept


def is_in_use() -> Iterator[ColumnElement[bool]]:
    """Give, for each other table that names people, whether it names `Stakeholder`."""
    for table in Base.metadata.sorted_tables:
        if "stakeholder_id" in table.c and table.name not in BROUGHT:
            column = table.c.stakeholder_id
            yield exists(select(column).where(column == Stakeholder.id).correlate(Stakeholder))


def _was_touched(batch: ChangeSet) -> ColumnElement[bool]:
    """Whether somebody edited the person or wrote in their ledger after the batch."""
    edited = select(Change.id).where(
        Change.object_type == "stakeholder",
        Change.object_id == Stakeholder.id,
        Change.change_set_id > batch.id,
    )
    said = select(ConsentEntry.id).where(
        ConsentEntry.stakeholder_id == Stakeholder.id,
        or_(ConsentEntry.change_set_id.is_(None), ConsentEntry.change_set_id != batch.id),
    )
    return or_(exists(edited.correlate(Stakeholder)), exists(said.correlate(Stakeholder)))


def _restore_known(session: Session, batch: ChangeSet, now: datetime, actor: str) -> int:
    # Whoever was emptied just now, as new, left an empty line: thousands need not be read.
    changes = session.scalars(
        select(Change)
        .join(Stakeholder, Stakeholder.id == Change.object_id)
        .where(Change.change_set_id == batch.id, Stakeholder.erased_at.is_(None))
        .order_by(Change.object_id)
    ).all()
    known = [change for change in changes if not change.after.get("new")]
    restored = 0
    for start in range(0, len(known), CHUNK):
        part = {change.object_id: change for change in known[start : start + CHUNK]}
        for person in _people(session, list(part)):
            _restore(session, person, part[person.id], batch, now)
            _take_consent_back(session, person.id, batch, now, actor)
            restored += 1
    return restored


def _people(session: Session, ids: Sequence[int]) -> Sequence[Stakeholder]:
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


def _restore(
    session: Session, person: Stakeholder, change: Change, batch: ChangeSet, now: datetime
) -> None:
    before, after = change.before, change.after
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


def _take_consent_back(
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


def _release(session: Session, batch: ChangeSet, now: datetime) -> int:
    """Lift what the batch put on the do-not-mail list, and nothing else."""
    lines = session.scalars(
        update(Suppression)
        .where(
            Suppression.evidence.endswith(evidence_of(batch.id)),
            Suppression.released_at.is_(None),
        )
        .values(released_at=now)
        .returning(Suppression.id)
    ).all()
    return len(lines)
