"""A question's page: answering, noting, giving, closing, and what became of each letter."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.questions.models import Direction, Question, QuestionState
from tests.cast import Cast
from tests.factories import Factory
from tests.questions.factories import QuestionFactory
from tests.statements import counted_statements
from tests.web_client import post

INBOX = "/staff/questions"


@pytest.fixture
def clerk(desk: QuestionFactory) -> FlaskClient:
    return desk.clerk()


def _seen(client: FlaskClient, question_id: int) -> str:
    page = client.get(f"{INBOX}/{question_id}").text
    found = re.search(r'name="seen"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def _letters(session: Session) -> list[OutboxLetter]:
    session.rollback()
    return list(session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)))


def test_an_answer_is_sent_from_the_page(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question(email="jane@example.org")

    answer = post(
        clerk,
        f"{INBOX}/{question_id}/answer",
        {"body": "Forty hours.", "seen": _seen(clerk, question_id)},
    )
    page = clerk.get(answer.headers["Location"])

    assert "The answer is on its way." in page.text
    assert "Forty hours." in page.text
    assert "Queued" in page.text
    assert [letter.recipient for letter in _letters(session)] == ["jane@example.org"]
    assert session.get_one(Question, question_id).state is QuestionState.WAITING


def test_the_same_answer_pressed_twice_leaves_once(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question()
    form = {"body": "Forty hours.", "seen": _seen(clerk, question_id)}

    first, second = (post(clerk, f"{INBOX}/{question_id}/answer", form) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert len(_letters(session)) == 1


def test_two_colleagues_do_not_answer_past_each_other(
    desk: QuestionFactory, clerk: FlaskClient, cast: Cast
) -> None:
    question_id = desk.question()
    address, seen = f"{INBOX}/{question_id}/answer", _seen(clerk, question_id)
    post(cast.ada, address, {"body": "Ada's answer.", "seen": seen})

    late = post(clerk, address, {"body": "Another one.", "seen": seen})
    now_seen = re.search(r'name="seen"[^>]*value="(\d+)"', late.text)

    assert late.status_code == 409
    assert "Ada wrote in this thread" in late.text
    assert "Ada&#39;s answer." in late.text
    assert "Another one.</textarea>" in late.text
    assert late.text.count(">Queued</span>") == 1
    assert now_seen is not None
    again = post(
        clerk, address, {"body": "Another one.", "seen": now_seen[1]}, follow_redirects=True
    )
    assert again.text.count(">Queued</span>") == 2


@pytest.mark.parametrize("body", ["", " \r\n", "x" * 100_000])
def test_an_answer_that_is_none_is_refused_and_kept_in_the_form(
    desk: QuestionFactory, clerk: FlaskClient, session: Session, body: str
) -> None:
    page = post(clerk, f"{INBOX}/{desk.question()}/answer", {"body": body})

    assert page.status_code == 422
    assert "Not sent yet" in page.text
    assert body.strip() in page.text
    assert _letters(session) == []


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "²"])
def test_a_page_that_does_not_say_what_it_showed_is_no_error(
    desk: QuestionFactory, clerk: FlaskClient, seen: str
) -> None:
    form = {"body": "Yes.", "seen": seen}

    assert post(clerk, f"{INBOX}/{desk.question()}/answer", form).status_code in {302, 409}


def test_without_an_address_the_answer_is_written_down(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question(email="")
    page = clerk.get(f"{INBOX}/{question_id}").text

    post(clerk, f"{INBOX}/{question_id}/answer", {"body": "Told her.", "seen": ""})

    assert "no letter leaves" in page
    assert _letters(session) == []
    assert session.get_one(Question, question_id).answered_at is not None


@pytest.mark.parametrize(
    ("values", "word", "detail"),
    [
        ({"state": OutboxState.QUEUED}, "Queued", ""),
        (
            {"state": OutboxState.QUEUED, "attempts": 2, "reply": "4.2.0 Try later"},
            "Put off",
            "4.2.0 Try later",
        ),
        ({"state": OutboxState.SENDING}, "Leaving", ""),
        ({"state": OutboxState.ACCEPTED}, "Sent", "The mail server accepted it."),
        (
            {"state": OutboxState.REFUSED, "reply_code": 550, "reply": "5.1.1 No such user"},
            "Refused",
            "550 5.1.1 No such user",
        ),
        ({"state": OutboxState.FAILED, "reply": "<b>away</b>"}, "Given up", "&lt;b&gt;away"),
    ],
)
def test_the_thread_says_what_became_of_an_answer(
    desk: QuestionFactory,
    clerk: FlaskClient,
    session: Session,
    values: dict[str, object],
    word: str,
    detail: str,
) -> None:
    question_id = desk.question()
    post(clerk, f"{INBOX}/{question_id}/answer", {"body": "Yes."})
    with transaction() as writing:
        writing.execute(update(OutboxLetter).values(**values))

    fragment = clerk.get(f"{INBOX}/{question_id}/thread").text

    assert f">{word}</span>" in fragment
    assert detail in fragment
    is_moving = values["state"] in {OutboxState.QUEUED, OutboxState.SENDING}
    assert ("data-finished" not in fragment) is is_moving


def test_a_note_is_for_colleagues(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question()

    post(clerk, f"{INBOX}/{question_id}/note", {"note-body": "Ask the lab."})
    empty = post(clerk, f"{INBOX}/{question_id}/note", {"note-body": " "})

    page = clerk.get(f"{INBOX}/{question_id}").text
    assert "Ask the lab." in page
    assert "noted for colleagues" in page
    assert empty.status_code == 422
    assert _letters(session) == []


def test_a_question_is_given_to_a_colleague(
    desk: QuestionFactory, clerk: FlaskClient, cast: Cast, session: Session
) -> None:
    question_id = desk.question(project_id=cast.project_id)
    ada = desk.user_id("ada@example.org")
    page = clerk.get(f"{INBOX}/{question_id}").text

    post(clerk, f"{INBOX}/{question_id}/assign", {"user": str(ada)})
    wrong = post(clerk, f"{INBOX}/{question_id}/assign", {"user": "9" * 9})

    assert ">Ada<" in page
    assert ">Ben<" not in page
    assert wrong.status_code == 422
    assert session.get_one(Question, question_id).assigned_to_id == ada
    assert "Given to Ada by Clara" in clerk.get(f"{INBOX}/{question_id}").text


def test_a_question_is_closed_reopened_and_sorted_out(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question()
    states = []

    for move in ("close", "reopen", "spam", "reopen", "reopen"):
        status = post(clerk, f"{INBOX}/{question_id}/{move}").status_code
        session.rollback()
        states.append((status, session.get_one(Question, question_id).state.value))

    assert states == [
        (302, "closed"),
        (302, "open"),
        (302, "spam"),
        (302, "open"),
        (409, "open"),
    ]


@pytest.mark.parametrize("step", ["answer", "note", "assign", "close", "reopen", "spam"])
def test_nothing_can_be_done_to_a_foreign_question(
    desk: QuestionFactory, cast: Cast, session: Session, step: str
) -> None:
    question_id = desk.question(project_id=cast.other_project_id)
    form = {"body": "x", "note-body": "x", "user": "1"}

    answer = post(desk.clerk(cast.project_id), f"{INBOX}/{question_id}/{step}", form)

    question = session.get_one(Question, question_id)
    assert answer.status_code == 404
    assert question.state is QuestionState.NEW
    assert [message.direction for message in question.messages] == [Direction.IN]


def test_posts_without_the_pages_token_change_nothing(
    desk: QuestionFactory, clerk: FlaskClient, session: Session
) -> None:
    question_id = desk.question()

    for step in ("answer", "note", "assign", "close", "spam"):
        assert clerk.post(f"{INBOX}/{question_id}/{step}", data={"body": "x"}).status_code == 400

    assert session.get_one(Question, question_id).state is QuestionState.NEW


@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "9" * 40, "-1", "x", "%00"])
def test_a_number_that_is_none_is_nothing(clerk: FlaskClient, number: str) -> None:
    assert clerk.get(f"{INBOX}/{number}").status_code == 404
    assert clerk.get(f"{INBOX}/faq/{number}").status_code == 404


def test_people_are_named_only_to_those_who_may_see_them(
    desk: QuestionFactory, cast: Cast, clerk: FlaskClient
) -> None:
    person_id = desk.person("jane@example.org")
    tied = desk.question(stakeholder_id=person_id, project_id=cast.project_id)
    typed = desk.question(email="jane@example.org", project_id=cast.project_id)
    link = f"/staff/stakeholders/{person_id}"
    of_project = desk.clerk(cast.project_id)

    for question_id in (tied, typed):
        assert link in clerk.get(f"{INBOX}/{question_id}").text
        assert link not in of_project.get(f"{INBOX}/{question_id}").text
    assert "is not proven" in clerk.get(f"{INBOX}/{typed}").text
    assert "is not proven" not in clerk.get(f"{INBOX}/{tied}").text


def test_a_thread_takes_the_same_statements_however_long_it_is(
    desk: QuestionFactory, clerk: FlaskClient, make: Factory
) -> None:
    project_id = make.project()
    question_id = desk.question(project_id=project_id, result_id=make.result(project_id))

    def load() -> int:
        with counted_statements() as seen:
            assert clerk.get(f"{INBOX}/{question_id}").status_code == 200
        return len(seen)

    post(clerk, f"{INBOX}/{question_id}/answer", {"body": "One."})
    short = load()
    for number in range(4):
        post(clerk, f"{INBOX}/{question_id}/answer", {"body": f"Answer {number}."})
        post(clerk, f"{INBOX}/{question_id}/note", {"note-body": f"Note {number}."})

    assert load() == short
