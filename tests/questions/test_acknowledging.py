"""An asker is told that the question arrived, and nobody can be bombed with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.text import LocalText
from outreach.mail.models import OutboxLetter
from outreach.questions.models import Question
from outreach.questions.services import About
from outreach.stakeholders.models import Suppression, SuppressionReason
from tests.factories import Factory
from tests.questions.factories import QuestionFactory

JANE = "jane@example.org"


def _letters(session: Session) -> list[OutboxLetter]:
    return list(session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)))


def test_the_asker_is_told_in_their_language_and_may_reply(
    desk: QuestionFactory, make: Factory, session: Session
) -> None:
    project_id = make.project(question_address="ask@example.org")
    result_id = make.result(project_id, title=LocalText(en="Result", de="Ergebnis"), slug="r")
    about = About(project_id=project_id, result_id=result_id)

    desk.ask("Was kostet das?", email=JANE, language="de", about=about)

    letter, question = _letters(session)[0], session.scalars(select(Question)).one()
    assert letter.subject == f"Ihre Frage ist angekommen [{question.reference}]"
    assert (letter.recipient, letter.kind) == (JANE, "question_received")
    assert "ask@example.org" in letter.reply_to
    assert "Ergebnis" in letter.text
    assert "https://outreach.example.org/results/r" in letter.text
    assert letter.headers["Auto-Submitted"] == "auto-replied"
    assert question.acknowledged_at is not None


def test_the_acknowledgement_carries_no_word_that_was_typed(
    desk: QuestionFactory, session: Session
) -> None:
    desk.ask("Buy cheap pills at https://spam.example", name="Cheap Pills", email=JANE)

    letter = _letters(session)[0]
    everything = " ".join([letter.subject, letter.recipient_name, letter.text, letter.html or ""])
    assert "pills" not in everything.lower()
    assert "spam.example" not in everything


def test_an_address_gets_at_most_one_in_an_hour_and_five_in_a_day(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    for minutes in range(0, 24 * 60, 30):
        desk.ask(f"Question {minutes}", email=JANE, now=now + timedelta(minutes=minutes))

    times = [letter.created_at for letter in _letters(session)]
    assert len(times) == 5
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in pairwise(times))
    assert len(session.scalars(select(Question)).all()) == 48


def test_the_next_day_an_address_is_told_again(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    for hours in (0, 2, 4, 6, 8, 10, 33):
        desk.ask(f"Question {hours}", email=JANE, now=now + timedelta(hours=hours))

    assert len(_letters(session)) == 6


def test_two_spellings_of_an_address_are_one(desk: QuestionFactory, session: Session) -> None:
    desk.ask("One", email=JANE)
    desk.ask("Two", email=" Jane@EXAMPLE.org ")

    assert len(_letters(session)) == 1


def test_nothing_goes_to_an_address_on_the_do_not_mail_list(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime
) -> None:
    make.add(
        Suppression(
            fingerprint=make.fingerprint(JANE),
            reason=SuppressionReason.ERASED,
            actor="Ada",
            since=now,
        )
    )

    desk.ask("One", email=JANE)

    assert _letters(session) == []
    assert session.scalars(select(Question)).one().email == JANE


@pytest.mark.slow
def test_many_forms_at_once_make_one_letter(desk: QuestionFactory, session: Session) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: desk.ask(f"Question {n}", email=JANE), range(16)))

    assert len(_letters(session)) == 1


@pytest.mark.slow
def test_one_form_sent_many_times_at_once_is_one_question(
    desk: QuestionFactory, session: Session
) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: desk.ask("Once?", email=JANE, form_key="k"), range(16)))

    assert len(ids) == 1
    assert len(session.scalars(select(Question)).all()) == 1
