"""What the room gives to others: a person's line in time, and forgetting them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.mail.models import OutboxLetter
from outreach.questions.contributes import asked_by, erase
from outreach.questions.models import FaqEntry, Message, Question, QuestionState
from outreach.questions.queries import counts
from outreach.questions.services import answer, note
from tests.factories import Factory
from tests.questions.factories import BASE, QuestionFactory

JANE = "jane@example.org"


def test_a_persons_questions_stand_in_their_history_newest_first(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    person_id = desk.person(JANE)
    for days, body in ((0, "Older?"), (1, "Newer?"), (2, "Newest?")):
        desk.question(body, stakeholder_id=person_id, now=now + timedelta(days=days))
    desk.question("Somebody else's?")
    desk.question("Spam?", stakeholder_id=person_id, state=QuestionState.SPAM)

    entries = list(asked_by(session, person_id, limit=2))

    assert [entry.title for entry in entries] == ["Asked: Newest?", "Asked: Newer?"]
    assert entries[0].url.startswith("/staff/questions/")


@pytest.mark.parametrize("is_tied", [True, False])
def test_an_erased_person_leaves_only_that_somebody_in_that_role_asked(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime, is_tied: bool
) -> None:
    person_id, project_id = desk.person(JANE), make.project()
    question_id = desk.question(
        "I am Jane Doe of Ghent. Who pays?",
        name="Jane Doe",
        email=JANE,
        stakeholder_id=person_id if is_tied else None,
        project_id=project_id,
        role_id=desk.roles["ngo"],
        number=7 if is_tied else None,
    )
    with transaction() as writing:
        question = writing.get_one(Question, question_id)
        answer(writing, question, "Dear Jane, we.", actor="Ada", now=now, base_url=BASE)
        note(writing, question, "Jane called.", actor="Ada", now=now)

    with transaction() as writing:
        erase(writing, person_id)

    question = session.get_one(Question, question_id)
    assert (question.name, question.email, question.subject) == ("", "", "")
    assert (question.stakeholder_id, question.number, question.form_key) == (None, None, None)
    assert {message.body for message in question.messages} == {""}
    assert (question.role_id, question.state) == (desk.roles["ngo"], QuestionState.CLOSED)
    assert session.scalars(select(OutboxLetter)).all() == []
    found = counts(session, project_id=project_id)
    assert (found.asked, found.answered) == (1, 1)


def test_what_others_asked_and_what_is_public_stays(
    desk: QuestionFactory, make: Factory, session: Session
) -> None:
    person_id = desk.person(JANE)
    theirs = desk.question(email=JANE)
    other = desk.question("Another's question?", name="Joe")
    entry_id = desk.entry(make.project(), from_question_id=theirs)

    with transaction() as writing:
        erase(writing, person_id)
        erase(writing, person_id)

    assert session.get_one(Question, other).name == "Joe"
    assert session.get_one(FaqEntry, entry_id).question.pick() != ""
    bodies = session.scalars(select(Message.body)).all()
    assert sorted(bodies) == ["", "Another's question?"]


def test_an_erased_thread_can_still_be_read_by_staff(
    desk: QuestionFactory, session: Session
) -> None:
    person_id = desk.person(JANE)
    question_id = desk.question(email=JANE)
    client = desk.clerk()
    with transaction() as writing:
        erase(writing, person_id)

    page = client.get(f"/staff/questions/{question_id}")

    assert page.status_code == 200
    assert "(erased)" in page.text
    assert "(erased)" in client.get("/staff/questions?state=closed").text
