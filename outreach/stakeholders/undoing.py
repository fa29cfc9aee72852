"""Taking back what an import or a bulk action did, within thirty days, whatever can be taken back.

Whoever has had a letter, has written to us or was edited since is kept as they are: the undo says
how many. The ledger is never cut: a consent that came with the batch is followed by a line that
says it was taken back. People the batch brought are emptied like erased ones, yet may come again.
What an import made besides people goes with the last who needed it (see `leftovers`).

It goes group by group, each in a transaction of its own that also notes how far it came: senders
and hits wait for a group at most, and whatever stops it, it goes on from there.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, Row, exists, func, or_, select, update
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.collecting import without_collecting
from outreach.core.db import Base, db, transaction
from outreach.core.errors import Conflict, NotFound
from outreach.stakeholders.emptying import empty_people
from outreach.stakeholders.importing.applying import evidence_of
from outreach.stakeholders.leftovers import belongings_of, forget_belongings
from outreach.stakeholders.models import ConsentEntry, Stakeholder, Suppression
from outreach.stakeholders.restoring import Named, people_of, restore, take_consents_back

UNDO_WITHIN = timedelta(days=30)
UNDOABLE = (ChangeKind.IMPORT, ChangeKind.BULK, ChangeKind.MERGE)
GROUP = 500
"""So many people in one transaction: a fifth of a second."""
RELEASED_AT_ONCE = 5_000
GROUPS_A_TICK = 40
PAUSE_SECONDS = 0.05
"""Between two groups: whoever waits for an SQLite database looks whether it is free so often."""
BROUGHT = frozenset(
    {"stakeholder_role", "stakeholder_topic", "stakeholder_tag", "consent", "consent_entry", "stop"}
)
"""What a batch itself writes about people; any other table tells that somebody relies on them."""


@dataclass(frozen=True)
class Undone:
    """What an undo did: people removed, restored, kept; addresses off the do-not-mail list; what
    the batch had made besides people and nobody needs.
    """

    removed: int = 0
    restored: int = 0
    kept: int = 0
    released: int = 0
    organisations: int = 0
    tags: int = 0
    topics: int = 0

    def plus(self, other: "Undone") -> "Undone":
        """Return what both did together."""
        mine = asdict(self)
        return Undone(**{name: mine[name] + more for name, more in asdict(other).items()})


@dataclass(frozen=True)
class Undoing:
    """How far an undo is: `done` of the batch's changes, below which one it goes on."""

    by: str
    of: int
    done: int = 0
    below: int | None = None
    so_far: Undone = Undone()


def progress_of(batch: ChangeSet) -> Undoing | None:
    """Return how far the undo of a batch is, None where none was begun or it is done."""
    noted = batch.summary.get("undoing")
    return Undoing(**{**noted, "so_far": Undone(**noted["so_far"])}) if noted else None


def undone(batch: ChangeSet) -> Undone | None:
    """Return what the undo of a batch did, None before it is done."""
    noted = batch.summary.get("undone")
    known = {field.name for field in fields(Undone)}
    return Undone(**{name: noted[name] for name in noted if name in known}) if noted else None


def undo(session: Session, change_set_id: int, *, now: datetime, actor: str) -> tuple[Undone, bool]:
    """Take the next group of a batch back; returns what was done so far, and whether it is all.

    Raises NotFound for no batch, Conflict for one that is too old or undone.
    """
    batch = session.get(ChangeSet, change_set_id, with_for_update=True)
    if batch is None or batch.kind not in UNDOABLE:
        raise NotFound
    at = progress_of(batch) or _begin(session, batch, now, actor)
    changes = _next(session, batch, at.below)
    done = _take_back(session, batch, changes, at, now)
    is_last = len(changes) < GROUP
    released = _release(session, batch, now) if is_last else 0
    total = at.so_far.plus(done).plus(Undone(released=released))
    if is_last and released < RELEASED_AT_ONCE:
        _finish(batch, at.by, total, now)
        return total, True
    below = changes[-1].id if changes else at.below
    further = Undoing(at.by, at.of, at.done + len(changes), below, total)
    batch.summary = {**batch.summary, "undoing": asdict(further)}
    return total, False


def undo_at_once(
    change_set_id: int, *, most: int, now: datetime, actor: str
) -> tuple[Undone, bool]:
    """Take up to `most` groups back, each in its own transaction; returns as `undo` does."""
    for _ in range(most):
        with without_collecting(), transaction() as session:
            done, is_all = undo(session, change_set_id, now=now, actor=actor)
        if is_all:
            break
        time.sleep(PAUSE_SECONDS)
    return done, is_all


def undo_begun(_app: Flask) -> None:
    """Go on with undos that were begun, for a while: the worker looks again soon."""
    begun = select(ChangeSet.id).where(ChangeSet.undo_begun_at.is_not(None))
    for change_set_id in db.session.scalars(begun.order_by(ChangeSet.id)).all():
        try:
            undo_at_once(change_set_id, most=GROUPS_A_TICK, now=clock.now(), actor="")
        except Conflict:
            continue  # somebody else has just done the last of it


def _begin(session: Session, batch: ChangeSet, now: datetime, actor: str) -> Undoing:
    refuse_too_late(batch, now)
    batch.undo_begun_at = now
    if batch.kind is ChangeKind.MERGE:
        _part(session, batch)
        take_consents_back(session, [batch.summary["kept"]], batch, now, actor)
    count = select(func.count(Change.id)).where(Change.change_set_id == batch.id)
    return Undoing(actor, session.scalar(count) or 0)


def _finish(batch: ChangeSet, by: str, total: Undone, now: datetime) -> None:
    batch.undone_at, batch.undo_begun_at = now, None
    summary = {name: value for name, value in batch.summary.items() if name != "undoing"}
    batch.summary = {**summary, "undone": {**asdict(total), "by": by}}


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


def _next(
    session: Session, batch: ChangeSet, below: int | None
) -> Sequence[Row[int, int, dict[str, Any], dict[str, Any]]]:
    """Return the next changes, the last first: two of one person go back in their order."""
    query = select(Change.id, Change.object_id, Change.before, Change.after)
    query = query.where(Change.change_set_id == batch.id).order_by(Change.id.desc()).limit(GROUP)
    return session.execute(query if below is None else query.where(Change.id < below)).all()


def _take_back(
    session: Session, batch: ChangeSet, changes: Sequence[Any], at: Undoing, now: datetime
) -> Undone:
    held = belongings_of(session, [change.object_id for change in changes])
    new = [change.object_id for change in changes if change.after.get("new")]
    removed, kept = _remove(session, batch, new, now, at.by)
    known = [change for change in changes if not change.after.get("new")]
    restored = _restore(session, batch, known, now, at.by)
    session.flush()  # who is as before carries and belongs to what they did before
    gone = forget_belongings(session, held, batch)
    return Undone(removed, restored, kept, 0, gone.organisations, gone.tags, gone.topics)


def _remove(
    session: Session, batch: ChangeSet, new: Sequence[int], now: datetime, actor: str
) -> tuple[int, int]:
    """Empty people the batch brought; returns how many, and how many are kept."""
    brought = Stakeholder.id.in_(new) & Stakeholder.erased_at.is_(None)
    in_use = or_(*is_in_use(), _was_touched(batch))
    ids = session.scalars(select(Stakeholder.id).where(brought, ~in_use)).all()
    kept = len(session.scalars(select(Stakeholder.id).where(brought, in_use)).all())
    empty_people(session, ids, now=now, actor=actor)
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


def _restore(
    session: Session, batch: ChangeSet, known: Sequence[Any], now: datetime, actor: str
) -> int:
    people = {person.id: person for person in people_of(session, {c.object_id for c in known})}
    named = Named(session, [change.before for change in known if change.object_id in people])
    for change in known:
        if person := people.get(change.object_id):
            restore(named, person, change.before, change.after, batch, now)
    take_consents_back(session, people, batch, now, actor)
    return len(people)


def _release(session: Session, batch: ChangeSet, now: datetime) -> int:
    """Lift some of what the batch put on the do-not-mail list, and nothing else."""
    its_own = (
        select(Suppression.id)
        .where(
            Suppression.evidence.endswith(evidence_of(batch.id)),
            Suppression.released_at.is_(None),
        )
        .limit(RELEASED_AT_ONCE)
    )
    lines = session.scalars(
        update(Suppression)
        .where(Suppression.id.in_(its_own))
        .values(released_at=now)
        .returning(Suppression.id)
    ).all()
    return len(lines)
