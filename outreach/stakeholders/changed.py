"""What the history of a person tells of their changes: how often letters come, another address."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.contributions import TimelineEntry
from outreach.stakeholders.models import Stakeholder

TOLD = frozenset({"at_most_monthly", "paused_until", "email"})


def changes_naming(
    session: Session, stakeholder_id: int, names: Collection[str]
) -> Iterator[tuple[Change, ChangeSet]]:
    """Give the changes of a person in which any of these fields changed, the newest first."""
    rows = session.execute(
        select(Change, ChangeSet)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(
            Change.object_type == Stakeholder.__tablename__,
            Change.object_id == stakeholder_id,
            ChangeSet.kind.in_((ChangeKind.EDIT, ChangeKind.MERGE)),
        )
        .order_by(Change.id.desc())
    )
    for change, made in rows:
        if any(name in change.after for name in names):
            yield change, made


def changed_timeline(
    session: Session, stakeholder_id: int, *, limit: int
) -> Iterator[TimelineEntry]:
    """Tell when a person wished for fewer letters or a pause, when that ended, and moves."""
    for change, made in islice(changes_naming(session, stakeholder_id, TOLD), limit):
        for title, icon in _titles(change):
            yield TimelineEntry(made.created_at, title, f"written by {made.actor}", icon)


def _titles(change: Change) -> Iterator[tuple[str, str]]:
    if "at_most_monthly" in change.after:
        fewer = "Asked for at most one letter a month"
        yield fewer if change.after["at_most_monthly"] else "May get every letter again", "clock"
    if "paused_until" in change.after:
        until = change.after["paused_until"]
        day = datetime.fromisoformat(until) if until else None
        yield f"Asked for a pause until {day.day} {day:%b %Y}" if day else "Pause ended", "clock"
    if change.before.get("email") and change.after.get("email"):
        yield "Has another e-mail address", "at-symbol"
