"""FAQ entries: staff's words, in several languages, in an order, without a trace of the asker."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.questions.faq import (
    PersonalData,
    Words,
    add_entry,
    discard,
    publish,
    reword,
    shift,
    unpublish,
)
from outreach.questions.models import FaqEntry, Question
from outreach.questions.queries import published_faq
from tests.factories import Factory
from tests.questions.factories import QuestionFactory

COST = Words("en", "What does it cost?", "About *40 hours* a month.")


def _add(project_id: int, words: Words = COST, *, now: datetime, **values: int | None) -> int:
    asked_id = values.pop("asked_id", None)
    values.setdefault("result_id", None)
    with transaction() as session:
        asked = session.get_one(Question, asked_id) if asked_id else None
        entry = add_entry(
            session,
            words,
            project_id=project_id,
            result_id=values["result_id"],
            now=now,
            asked=asked,
        )
        return entry.id


def _order(session: Session) -> list[str]:
    entries = session.scalars(select(FaqEntry).order_by(FaqEntry.position, FaqEntry.id))
    return [entry.question.pick() for entry in entries]


def test_an_entry_is_public_only_once_it_is_published(
    make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    entry_id = _add(project_id, now=now)
    hidden = published_faq(session, project_id=project_id, language="en")

    with transaction() as writing:
        publish(writing, writing.get_one(FaqEntry, entry_id), now=now)
    shown = published_faq(session, project_id=project_id, language="fr")
    with transaction() as writing:
        unpublish(writing, writing.get_one(FaqEntry, entry_id), now=now)

    assert hidden == []
    assert [(entry.slug, entry.question) for entry in shown] == [
        ("what-does-it-cost", "What does it cost?")
    ]
    assert str(shown[0].answer) == "<p>About <em>40 hours</em> a month.</p>\n"
    assert published_faq(session, project_id=project_id, language="en") == []


def test_an_entry_speaks_several_languages(make: Factory, session: Session, now: datetime) -> None:
    project_id = make.project()
    entry_id = _add(project_id, now=now)

    with transaction() as writing:
        entry = writing.get_one(FaqEntry, entry_id)
        reword(writing, entry, Words("da", "Hvad koster det?", "40 timer."), now=now)
        publish(writing, entry, now=now)

    shown = published_faq(session, project_id=project_id, language="da")
    assert shown[0].question == "Hvad koster det?"
    with transaction() as writing:
        reword(writing, writing.get_one(FaqEntry, entry_id), Words("da", "", ""), now=now)
    assert published_faq(session, project_id=project_id, language="da")[0].question == COST.question


def test_the_last_language_of_an_entry_stays(make: Factory, context: None, now: datetime) -> None:
    entry_id = _add(make.project(), now=now)

    with pytest.raises(Refusal, match="at least one language"), transaction() as session:
        reword(session, session.get_one(FaqEntry, entry_id), Words("en", "", ""), now=now)


@pytest.mark.parametrize(
    "answer", ["Thank you, jane doe.", "Write to JANE@example.org.", "Jane Doe asked."]
)
def test_an_entry_never_names_its_asker(
    desk: QuestionFactory, make: Factory, context: None, now: datetime, answer: str
) -> None:
    asked_id = desk.question(name="Jane Doe", email="jane@example.org")

    with pytest.raises(PersonalData):
        _add(make.project(), Words("en", "Who?", answer), now=now, asked_id=asked_id)


def test_a_rewording_never_names_the_asker_either(
    desk: QuestionFactory, make: Factory, context: None, now: datetime
) -> None:
    asked_id = desk.question(name="Jane Doe")
    entry_id = _add(make.project(), now=now, asked_id=asked_id)

    with pytest.raises(PersonalData), transaction() as session:
        words = Words("de", "Was fragt Jane Doe?", "Das.")
        reword(session, session.get_one(FaqEntry, entry_id), words, now=now)


@pytest.mark.parametrize(
    "words",
    [
        Words("en", "", "Answer"),
        Words("en", "Question", " "),
        Words("en", "x" * 301, "Answer"),
        Words("en", "Question", "x" * 10_001),
    ],
)
def test_half_an_entry_or_an_endless_one_is_refused(
    make: Factory, context: None, now: datetime, words: Words
) -> None:
    with pytest.raises(Refusal):
        _add(make.project(), words, now=now)


def test_entries_change_places_within_their_own_row(
    make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    result_id = make.result(project_id)
    for name in "abc":
        last = _add(project_id, Words("en", name, "x"), now=now, result_id=result_id)
    other = _add(project_id, Words("en", "z", "x"), now=now)

    for entry_id, up in ((last, True), (last, True), (last, True), (other, True), (other, False)):
        with transaction() as writing:
            shift(writing, writing.get_one(FaqEntry, entry_id), up=up, now=now)

    assert [name for name in _order(session) if name != "z"] == ["c", "a", "b"]


def test_the_address_follows_the_words_until_somebody_can_have_seen_it(
    make: Factory, session: Session, now: datetime
) -> None:
    entry_id = _add(make.project(), now=now)
    _add(make.project(), now=now)

    with transaction() as writing:
        entry = writing.get_one(FaqEntry, entry_id)
        reword(writing, entry, Words("en", "Who pays?", "The city."), now=now)
        before = entry.slug
        publish(writing, entry, now=now)
        reword(writing, entry, Words("en", "Who pays it?", "The city."), now=now)

    assert (before, session.get_one(FaqEntry, entry_id).slug) == ("who-pays", "who-pays")
    slugs = session.scalars(select(FaqEntry.slug)).all()
    assert "what-does-it-cost-2" in slugs


def test_only_what_is_not_public_can_be_discarded(
    make: Factory, session: Session, now: datetime
) -> None:
    entry_id = _add(make.project(), now=now)
    with transaction() as writing:
        publish(writing, writing.get_one(FaqEntry, entry_id), now=now)

    with pytest.raises(Conflict), transaction() as writing:
        discard(writing, writing.get_one(FaqEntry, entry_id))
    with transaction() as writing:
        entry = writing.get_one(FaqEntry, entry_id)
        unpublish(writing, entry, now=now)
        discard(writing, entry)

    assert session.get(FaqEntry, entry_id) is None
