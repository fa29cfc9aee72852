"""Notes, meetings and calls: written, followed up, told in the timeline, forgotten at last."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from outreach.core.contributions import TimelineEntry
from outreach.core.errors import NotFound, Refusal
from outreach.stakeholders.models import Note, NoteKind, Stakeholder
from outreach.stakeholders.people import living

LONGEST = 4_000
ICONS = {
    NoteKind.NOTE: "pencil-square",
    NoteKind.MEETING: "user-group",
    NoteKind.CALL: "phone",
}


def write_note(
    session: Session,
    stakeholder_id: int,
    kind: NoteKind,
    text: str,
    *,
    happened_on: date,
    follow_up_on: date | None,
    actor: str,
    now: datetime,
) -> Note:
    """Log a contact with a person.

    Raises Refusal for an empty text, a contact that is still to come or a follow-up in the past.
    """
    person = living(session, stakeholder_id)
    if not text.strip():
        raise Refusal("Write what was said.")
    # Somewhere it is tomorrow already.
    if happened_on > now.date() + timedelta(days=1):
        raise Refusal(
            "This day is still to come.",
            "Say when it happened; what is planned goes under “Follow up on”.",
        )
    if follow_up_on is not None and follow_up_on < now.date():
        raise Refusal("The day to follow up has passed.", "Choose one that is still to come.")
    note = Note(
        stakeholder_id=person.id,
        kind=kind,
        text=text.strip()[:LONGEST],
        happened_on=happened_on,
        follow_up_on=follow_up_on,
        actor=actor[:200],
        created_at=now,
    )
    session.add(note)
    return note


def settle(session: Session, note_id: int, *, now: datetime) -> Note:
    """Say that a note was followed up; raises NotFound."""
    note = session.get(Note, note_id)
    if note is None:
        raise NotFound
    note.done_at = note.done_at or now
    return note


def notes_of(session: Session, stakeholder_id: int) -> Sequence[Note]:
    """Return the notes that are still to be followed up, the next first."""
    query = select(Note).where(
        Note.stakeholder_id == stakeholder_id,
        Note.follow_up_on.is_not(None),
        Note.done_at.is_(None),
    )
    return session.scalars(query.order_by(Note.follow_up_on)).all()


def follow_ups(session: Session) -> Sequence[tuple[Note, Stakeholder]]:
    """Return all that is to be followed up, the next first."""
    rows = session.execute(
        select(Note, Stakeholder)
        .join(Stakeholder, Stakeholder.id == Note.stakeholder_id)
        .where(Note.follow_up_on.is_not(None), Note.done_at.is_(None))
        .order_by(Note.follow_up_on, Note.id)
        .limit(200)
    )
    return [(row[0], row[1]) for row in rows]


def notes_timeline(session: Session, stakeholder_id: int, *, limit: int) -> Iterator[TimelineEntry]:
    """Give the notes of a person, newest first."""
    query = (
        select(Note)
        .where(Note.stakeholder_id == stakeholder_id)
        .order_by(Note.happened_on.desc(), Note.id.desc())
        .limit(limit)
    )
    for note in session.scalars(query):
        title, icon = f"{note.kind.label} ({note.actor})", ICONS[note.kind]
        at = datetime.combine(note.happened_on, time(12), UTC)
        yield TimelineEntry(at, title, note.text, icon, is_day=True, is_internal=True)


def forget_notes(session: Session, stakeholder_id: int) -> None:
    """Delete what was written about a person."""
    session.execute(delete(Note).where(Note.stakeholder_id == stakeholder_id))
