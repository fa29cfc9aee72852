"""What the history of a person tells of their changes: imports, corrections, wishes, moves."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.contributions import TimelineEntry
from outreach.stakeholders.levels import ENDED
from outreach.stakeholders.models import Stakeholder

_CORRECTED = {
    "name": "name",
    "given_name": "first name",
    "job_title": "position",
    "organisation": "organisation",
    "country": "country",
    "language": "language",
    "tier": "level",
    "topics": "topics",
    "source": "source",
}
"""Fields by the words of the screen. Roles are told by themselves; tags are staff's own."""
Said = tuple[str, str, bool]
"""A title, an icon, and whether it is a word among staff."""


def _changes_of(stakeholder_id: int) -> Select[Change, ChangeSet]:
    return (
        select(Change, ChangeSet)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(Change.object_type == Stakeholder.__tablename__, Change.object_id == stakeholder_id)
        .order_by(Change.id.desc())
    )


def changes_naming(
    session: Session, stakeholder_id: int, names: Collection[str]
) -> Iterator[tuple[Change, ChangeSet]]:
    """Give the edits and merges in which any of these fields changed, the newest first."""
    told = ChangeSet.kind.in_((ChangeKind.EDIT, ChangeKind.MERGE))
    for change, made in session.execute(_changes_of(stakeholder_id).where(told)):
        if any(name in change.after for name in names):
            yield change, made


def changed_timeline(
    session: Session, stakeholder_id: int, *, limit: int
) -> Iterator[TimelineEntry]:
    """Tell what was changed of a person, when and by whom."""
    for change, made in session.execute(_changes_of(stakeholder_id).limit(limit)):
        for title, icon, is_internal in _said(change, made):
            by = _by(change, made)
            yield TimelineEntry(made.created_at, title, by, icon, is_internal=is_internal)


def _by(change: Change, made: ChangeSet) -> str:
    """Tell who did it, and whether it still holds: who came with a batch and stays was kept."""
    said = [f"written by {made.actor}"] if made.actor else []
    if (day := made.undone_at) and not change.after.get("new"):
        said.append(f"taken back on {day.day} {day:%b %Y}")
    return ", ".join(said)


def _said(change: Change, made: ChangeSet) -> Iterator[Said]:
    if made.label == ENDED:
        yield ENDED, "clock", False
        return
    if made.kind is ChangeKind.IMPORT:
        yield f"{'Brought' if change.after.get('new') else 'Changed'} by an import", _IN, False
    elif made.kind is ChangeKind.BULK:
        yield made.label, "rectangle-stack", True
    elif made.kind is ChangeKind.MERGE:
        yield "Merged with a second record", "users", False
    elif made.kind is ChangeKind.RETENTION:
        yield made.label, "clock", True
    if made.kind in (ChangeKind.EDIT, ChangeKind.MERGE):
        yield from _edited(change)


_IN = "arrow-down-tray"


def _edited(change: Change) -> Iterator[Said]:
    if "at_most_monthly" in change.after:
        fewer = "Asked for at most one letter a month"
        every = "May get every letter again"
        yield fewer if change.after["at_most_monthly"] else every, "clock", False
    if "paused_until" in change.after:
        until = change.after["paused_until"]
        day = datetime.fromisoformat(until) if until else None
        asked = f"Asked for a pause until {day.day} {day:%b %Y}" if day else "The pause was ended"
        yield asked, "clock", False
    if change.before.get("email") and change.after.get("email"):
        yield "Has another e-mail address", "at-symbol", False
    corrected = [word for field, word in _CORRECTED.items() if field in change.after]
    if corrected and change.before.get("email", "known"):
        yield f"Corrected: {', '.join(corrected)}", "pencil-square", False
