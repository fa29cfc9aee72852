"""Questions come in: by the form, once each, and by the hand of staff."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mail.models import OutboxLetter
from outreach.questions.models import Message, Question, QuestionSource, QuestionState
from outreach.questions.services import About, Entered, enter_by_hand
from outreach.questions.texts import LONGEST_QUESTION
from outreach.tracking.models import GroupFigure, Hit, Reader
from outreach.tracking.origin import Origin, origin_of
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.tracking.factories import Sent


def _questions(session: Session) -> list[Question]:
    return list(session.scalars(select(Question).order_by(Question.id)))


def test_a_question_keeps_where_it_came_from(
    desk: QuestionFactory, make: Factory, session: Session
) -> None:
    result_id = make.result()
    about = About(result_id=result_id)

    desk.ask(
        "What does it cost?\nPer year, I mean.",
        name="Jane",
        role_id=desk.roles["ngo"],
        about=about,
    )

    question = _questions(session)[0]
    assert (question.state, question.source) == (QuestionState.NEW, QuestionSource.FORM)
    assert (question.subject, question.name) == ("What does it cost? Per year, I mean.", "Jane")
    assert (question.result_id, question.role_id) == (result_id, desk.roles["ngo"])
    assert [message.body for message in question.messages] == [
        "What does it cost?\nPer year, I mean."
    ]


def test_the_role_an_asker_names_comes_before_the_role_of_the_letter(
    desk: QuestionFactory, sent: Sent, session: Session
) -> None:
    letter = About(mailing_id=sent.mailing_id, origin=_origin(sent, session))

    desk.ask("As a journalist?", about=letter, role_id=desk.roles["media"])
    desk.ask("As a reader?", about=letter)

    told, read = _questions(session)
    assert (told.role_id, told.group_no) == (desk.roles["media"], 1)
    assert (read.role_id, read.group_no) == (desk.roles["ngo"], 1)


def _origin(sent: Sent, session: Session) -> Origin:
    origin = origin_of(session, sent.unlinked(1), sent.signer)
    session.rollback()  # what is written next must be seen afterwards
    assert origin is not None
    return origin


def test_a_question_counts_among_what_its_letter_brought(
    desk: QuestionFactory, sent: Sent, session: Session
) -> None:
    about = About(mailing_id=sent.mailing_id, origin=_origin(sent, session))

    desk.ask("Without a name?", about=about)
    desk.ask("A robot?", about=about, is_suspect=True)

    assert sent.figure(GroupFigure, "questions") == 1
    assert sent.figure(GroupFigure, "asked") == 1


def test_who_signs_a_question_does_not_sign_the_letters_clicks(
    desk: QuestionFactory, sent: Sent, session: Session
) -> None:
    sent.apply(sent.click(1))
    about = About(mailing_id=sent.mailing_id, origin=_origin(sent, session))

    desk.ask("Signed?", name="Jane", email="jane@example.org", about=about)

    readers = {(hit["reader"], hit["kind"]) for hit in sent.rows(Hit)}
    assert len({reader for reader, _ in readers}) == 2
    assert sent.figure(GroupFigure, "questions") == 1
    assert sent.rows(Reader)[0]["first_question_at"] is None


def test_the_same_form_sent_twice_is_one_question(desk: QuestionFactory, session: Session) -> None:
    first = desk.ask("Twice?", form_key="k1", email="jane@example.org")
    second = desk.ask("Twice?", form_key="k1", email="jane@example.org")

    assert first == second
    assert len(session.scalars(select(Message)).all()) == 1
    assert len(session.scalars(select(OutboxLetter)).all()) == 1


@pytest.mark.parametrize(
    "again", [{"body": "Something else?"}, {"body": "Twice?", "email": "jane@example.org"}]
)
def test_a_form_sent_again_with_other_words_or_an_address_is_not_lost(
    desk: QuestionFactory, session: Session, again: dict[str, Any]
) -> None:
    desk.ask("Twice?", form_key="k1")

    desk.ask(form_key="k1", **again)

    assert len(_questions(session)) == 2


def test_forms_without_a_key_are_never_taken_for_each_other(
    desk: QuestionFactory, session: Session
) -> None:
    desk.ask("Same words?")
    desk.ask("Same words?")

    assert len(_questions(session)) == 2


def test_a_suspected_robot_is_kept_as_spam_and_told_nothing(
    desk: QuestionFactory, session: Session
) -> None:
    desk.ask("Cheap pills", email="victim@example.org", is_suspect=True)

    assert _questions(session)[0].state is QuestionState.SPAM
    assert session.scalars(select(OutboxLetter)).all() == []


@pytest.mark.parametrize("body", ["", " \n ", "x" * (LONGEST_QUESTION + 1)])
def test_an_empty_or_endless_question_is_refused(desk: QuestionFactory, body: str) -> None:
    with pytest.raises(Refusal):
        desk.ask(body)


def test_line_breaks_in_a_name_end_up_on_one_line(desk: QuestionFactory, session: Session) -> None:
    desk.ask("One\r\nBcc: all@example.org", name="Jane\r\nBcc: all@example.org\u2028x")

    question = _questions(session)[0]
    assert question.name == "Jane Bcc: all@example.org x"
    assert question.subject == "One Bcc: all@example.org"


def test_an_address_nobody_can_answer_to_is_refused(desk: QuestionFactory) -> None:
    with pytest.raises(Refusal, match="no address"):
        desk.ask(email="jane@example.org\r\nBcc: all@example.org")


def test_a_call_written_down_is_open_and_knows_the_person(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime
) -> None:
    result_id = make.result()
    person_id = desk.person("jane@example.org", "politician", "ngo")
    entered = Entered(
        source=QuestionSource.PHONE,
        body="Who pays?",
        name="Jane Doe",
        email="Jane@Example.org",
        result_id=result_id,
        asked_at=now - timedelta(days=2),
    )

    with transaction() as writing:
        question_id = enter_by_hand(writing, entered, actor="Ada", now=now).id

    question = session.get_one(Question, question_id)
    assert (question.state, question.source) == (QuestionState.OPEN, QuestionSource.PHONE)
    assert (question.stakeholder_id, question.role_id) == (person_id, desk.roles["politician"])
    assert question.project_id is not None
    assert question.created_at == now - timedelta(days=2)
    assert [message.author for message in question.messages] == ["Jane Doe", "Ada"]


@pytest.mark.parametrize(("source", "days"), [(QuestionSource.FORM, 0), (QuestionSource.MAIL, 1)])
def test_staff_cannot_enter_a_form_or_a_question_from_the_future(
    desk: QuestionFactory, context: None, now: datetime, source: QuestionSource, days: int
) -> None:
    entered = Entered(source=source, body="Who?", asked_at=now + timedelta(days=days))

    with pytest.raises(Refusal), transaction() as session:
        enter_by_hand(session, entered, actor="Ada", now=now)
