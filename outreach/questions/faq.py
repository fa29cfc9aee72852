"""FAQ entries: a question made public, in staff's words, without a trace of who asked it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.core.slugs import free_slug
from outreach.core.text import LocalText
from outreach.questions.models import FaqEntry, Question

LONGEST_QUESTION = 300
LONGEST_ANSWER = 10_000


class PersonalData(Refusal):
    """The words of an entry still name whoever asked."""


@dataclass(frozen=True, slots=True)
class Words:
    """An entry's words in one language; the answer is Markdown."""

    language: str
    question: str
    answer: str


def add_entry(
    session: Session,
    words: Words,
    *,
    project_id: int,
    result_id: int | None,
    now: datetime,
    asked: Question | None = None,
) -> FaqEntry:
    """Keep a new entry, last in its place and not public yet.

    `asked` is the question it was made from. Raises PersonalData when the words name its asker,
    Refusal when one of them is missing.
    """
    _check(words, asked)
    entry = FaqEntry(
        project_id=project_id,
        result_id=result_id,
        slug="",
        question=LocalText(),
        answer=LocalText(),
        from_question_id=asked.id if asked else None,
        position=_next_position(session, project_id, result_id),
        created_at=now,
        updated_at=now,
    )
    _put(session, entry, words, now)
    session.add(entry)
    session.flush()  # the page that follows needs its number
    return entry


def reword(session: Session, entry: FaqEntry, words: Words, *, now: datetime) -> None:
    """Change an entry in one language; with both words empty it is taken out of that language.

    Raises like `add_entry`, and Refusal for the last language of an entry.
    """
    is_emptied = not words.question.strip() and not words.answer.strip()
    if is_emptied and set(entry.question) <= {words.language}:
        raise Refusal("An entry needs its words in at least one language.", "Discard it instead.")
    if not is_emptied:
        asked = session.get(Question, entry.from_question_id) if entry.from_question_id else None
        _check(words, asked)
    _put(session, entry, words, now)


def publish(session: Session, entry: FaqEntry, *, now: datetime) -> None:
    """Show an entry to everybody; a second time changes nothing."""
    entry.published_at = entry.published_at or now
    entry.updated_at = now


def unpublish(session: Session, entry: FaqEntry, *, now: datetime) -> None:
    """Show an entry to staff only."""
    entry.published_at, entry.updated_at = None, now


def shift(session: Session, entry: FaqEntry, *, up: bool, now: datetime) -> None:
    """Change places with the neighbour above or below; at the end of the row nothing happens."""
    row = list(session.scalars(_row(entry.project_id, entry.result_id).with_for_update()))
    place = row.index(entry)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(row):
        return
    row[place], row[other] = row[other], row[place]
    for position, found in enumerate(row):
        found.position = position
    entry.updated_at = now


def discard(session: Session, entry: FaqEntry) -> None:
    """Delete an entry that is not public; raises Conflict for one that is."""
    if entry.published_at is not None:
        raise Conflict("This entry is public.", "Unpublish it first.")
    session.delete(entry)


def _check(words: Words, asked: Question | None) -> None:
    if not words.question.strip() or not words.answer.strip():
        raise Refusal("An entry needs a question and its answer.", "Write both.")
    if len(words.question) > LONGEST_QUESTION or len(words.answer) > LONGEST_ANSWER:
        raise Refusal(
            "This is too long for an entry.",
            f"A question has at most {LONGEST_QUESTION} characters, an answer {LONGEST_ANSWER:,}.",
        )
    text = f"{words.question}\n{words.answer}".casefold()
    traces = [trace for trace in (asked.name, asked.email) if trace.strip()] if asked else []
    if any(trace.casefold() in text for trace in traces):
        raise PersonalData(
            "The words still name who asked.", "Take out the asker's name and address."
        )


def _put(session: Session, entry: FaqEntry, words: Words, now: datetime) -> None:
    entry.question = entry.question.with_text(words.language, words.question.strip())
    entry.answer = entry.answer.with_text(words.language, words.answer.strip())
    entry.updated_at = now
    if entry.published_at is None:
        # Until somebody can have seen it, its address follows its words.
        entry.slug = free_slug(entry.question.pick(), lambda slug: _is_taken(session, slug, entry))


def _is_taken(session: Session, slug: str, entry: FaqEntry) -> bool:
    with session.no_autoflush:
        owner = session.scalar(select(FaqEntry.id).where(FaqEntry.slug == slug))
    return owner is not None and owner != entry.id


def _next_position(session: Session, project_id: int, result_id: int | None) -> int:
    last = session.scalar(
        select(func.max(FaqEntry.position)).where(
            FaqEntry.project_id == project_id, FaqEntry.result_id.is_not_distinct_from(result_id)
        )
    )
    return 0 if last is None else last + 1


def _row(project_id: int, result_id: int | None) -> Select[FaqEntry]:
    return (
        select(FaqEntry)
        .where(
            FaqEntry.project_id == project_id, FaqEntry.result_id.is_not_distinct_from(result_id)
        )
        .order_by(FaqEntry.position, FaqEntry.id)
    )
