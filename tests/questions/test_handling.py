"""Staff note, give, close, reopen and sort out; each step leaves a line."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.questions.models import MOVES, Direction, Question, QuestionState
from outreach.questions.services import assign, close, mark_spam, note, reopen
from tests.cast import Cast
from tests.questions.factories import QuestionFactory


def _do(verb: Callable[..., object], question_id: int, *values: object, now: datetime) -> None:
    with transaction() as session:
        verb(session, session.get_one(Question, question_id), *values, actor="Ada", now=now)


def _lines(session: Session, question_id: int) -> list[str]:
    messages = session.get_one(Question, question_id).messages
    return [message.body for message in messages if message.direction is Direction.STEP]


def test_a_note_changes_no_state(desk: QuestionFactory, session: Session, now: datetime) -> None:
    question_id = desk.question()

    _do(note, question_id, "Ask the lab first.", now=now)

    question = session.get_one(Question, question_id)
    assert question.state is QuestionState.NEW
    assert question.messages[-1].direction is Direction.NOTE


def test_a_new_question_given_to_somebody_is_open(
    desk: QuestionFactory, cast: Cast, session: Session, now: datetime
) -> None:
    question_id = desk.question(project_id=cast.project_id)
    ada = desk.user_id("ada@example.org")

    _do(assign, question_id, ada, now=now)

    question = session.get_one(Question, question_id)
    assert (question.state, question.assigned_to_id) == (QuestionState.OPEN, ada)
    assert _lines(session, question_id) == ["Given to Ada"]


def test_a_question_can_be_given_to_nobody_again(
    desk: QuestionFactory, cast: Cast, session: Session, now: datetime
) -> None:
    question_id = desk.question(assigned_to_id=desk.user_id("ada@example.org"))

    _do(assign, question_id, None, now=now)

    assert session.get_one(Question, question_id).assigned_to_id is None


@pytest.mark.parametrize("email", ["ben@example.org", "nobody"])
def test_a_question_is_given_only_to_those_who_may_answer_it(
    desk: QuestionFactory, cast: Cast, context: None, now: datetime, email: str
) -> None:
    user_id = 9999 if email == "nobody" else desk.user_id(email)

    with pytest.raises(Refusal, match="cannot answer"):
        _do(assign, desk.question(project_id=cast.project_id), user_id, now=now)


def test_a_question_is_closed_reopened_and_sorted_out(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    question_id = desk.question()

    for verb in (close, reopen, mark_spam, reopen):
        _do(verb, question_id, now=now)

    assert session.get_one(Question, question_id).state is QuestionState.OPEN
    assert _lines(session, question_id) == ["Closed", "Opened", "Marked as spam", "No spam: opened"]


@pytest.mark.parametrize("state", list(QuestionState))
@pytest.mark.parametrize(
    ("verb", "target"),
    [
        (close, QuestionState.CLOSED),
        (reopen, QuestionState.OPEN),
        (mark_spam, QuestionState.SPAM),
    ],
)
def test_a_move_that_makes_no_sense_is_refused_and_leaves_no_line(
    desk: QuestionFactory,
    session: Session,
    now: datetime,
    state: QuestionState,
    verb: Callable[..., object],
    target: QuestionState,
) -> None:
    question_id = desk.question(state=state)
    is_allowed = target in MOVES[state]

    try:
        _do(verb, question_id, now=now)
    except Conflict:
        assert not is_allowed

    assert len(_lines(session, question_id)) == is_allowed
