"""An answer leaves once, by a letter the asker can place, and the thread says what became of it."""

from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.core.text import LocalText
from outreach.mail.letter import Address
from outreach.mail.models import OutboxLetter
from outreach.mail.outbox import DueLetter, rendered
from outreach.projects.models import List, SenderProfile
from outreach.questions.answering import Overtaken, last_seen
from outreach.questions.models import Direction, Question, QuestionState
from outreach.questions.services import answer, note, record_answer
from tests.factories import Factory
from tests.questions.factories import BASE, QuestionFactory

SENDER = Address("outreach@example.org", "Outreach")


def _answer(question_id: int, body: str = "About 40 hours a month.", **values: Any) -> None:
    now: datetime = values.pop("now")
    with transaction() as session:
        answer(
            session,
            session.get_one(Question, question_id),
            body,
            actor=values.pop("actor", "Ada"),
            now=now,
            base_url=BASE,
            sender=SENDER,
            **values,
        )


class _Tags(HTMLParser):
    """Collects what a browser would take for markup."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)


def _letters(session: Session) -> list[OutboxLetter]:
    return list(session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)))


def test_an_answer_leaves_through_the_outbox_and_the_word_is_with_the_asker(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project(question_address="ask@example.org")
    question_id = desk.question(project_id=project_id, email="jane@example.org")

    _answer(question_id, now=now)

    question, letter = session.get_one(Question, question_id), _letters(session)[0]
    sent = question.messages[-1]
    assert question.state is QuestionState.WAITING
    assert question.answered_at == now
    assert (sent.direction, sent.author, sent.letter) == (Direction.OUT, "Ada", letter)
    assert (letter.recipient, letter.recipient_name) == ("jane@example.org", "Jane Doe")
    assert letter.subject == f"Re: What does a go-between cost? [{question.reference}]"
    assert letter.reply_to == '"SmartUrbI" <ask@example.org>'
    assert letter.sender == '"SmartUrbI" <outreach@example.org>'
    assert (letter.subject_type, letter.subject_id) == ("question", question_id)
    assert "Auto-Submitted" not in letter.headers


def test_the_letter_quotes_the_question_and_speaks_the_askers_language(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime
) -> None:
    result_id = make.result(slug="go-betweens", title=LocalText(en="Go-betweens", fr="Passeurs"))
    question_id = desk.question("Combien ?\n\nPar an.", result_id=result_id, language="fr")

    _answer(question_id, "Quarante heures.", now=now)

    letter = _letters(session)[0]
    assert letter.text.startswith("Quarante heures.\n\nÀ propos de: Passeurs\n")
    assert f"{BASE}/results/go-betweens\n" in letter.text
    assert "Le 2 mars 2026, vous avez demandé :\n> Combien ?\n>\n> Par an.\n" in letter.text
    assert '<html lang="fr">' in (letter.html or "")


def test_a_page_nobody_can_see_yet_is_not_linked(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime
) -> None:
    result_id = make.result(slug="secret", published_at=None)

    _answer(desk.question(result_id=result_id), now=now)

    assert "/results/secret" not in _letters(session)[0].text


def test_a_list_with_a_sender_of_its_own_writes_the_answer(
    desk: QuestionFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    profile = SenderProfile(name="P", from_name="The Project", from_address="p@example.org")
    profile_id = make.add(profile)[0]
    with transaction() as writing:
        writing.execute(update(List).values(sender_profile_id=profile_id))

    _answer(desk.question(project_id=project_id), now=now)

    assert _letters(session)[0].sender == '"The Project" <p@example.org>'


def test_a_second_answer_belongs_to_the_same_thread(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    question_id = desk.question()

    _answer(question_id, now=now)
    _answer(question_id, "One thing more.", now=now + timedelta(hours=1))

    first, second = _letters(session)
    assert second.headers == {"In-Reply-To": first.message_id, "References": first.message_id}
    assert session.get_one(Question, question_id).answered_at == now


def test_hostile_names_and_subjects_make_no_header(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    evil = "Hi\r\nBcc: all@example.org\u2028X-Evil: 1\x85"

    _answer(desk.question(name=evil, subject=evil), "Fine.\r\nBcc: b@example.org", now=now)

    stored = _letters(session)[0]
    values = (getattr(stored, name) for name in DueLetter.__slots__)
    data = rendered(DueLetter(*values), default_sender=SENDER).data
    head = data.split(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head
    assert b"\r\nX-Evil" not in head


def test_hostile_words_are_only_words_in_the_html(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    evil = '<script>alert(1)</script> https://a.example/"onmouseover=alert(1)'

    _answer(desk.question(evil, subject=evil), evil, now=now)

    tags = _Tags()
    tags.feed(_letters(session)[0].html or "")
    assert "script" not in tags.names
    assert tags.attributes <= {"lang", "charset", "name", "content", "style", "href"}


def test_without_an_address_nothing_can_be_sent(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    with pytest.raises(Refusal, match="no e-mail address"):
        _answer(desk.question(email=""), now=now)

    assert _letters(session) == []


def test_an_answer_given_by_phone_is_written_down_and_counts(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    question_id = desk.question(email="")

    with transaction() as writing:
        record_answer(
            writing, writing.get_one(Question, question_id), "Told her.", actor="Ada", now=now
        )

    question = session.get_one(Question, question_id)
    assert (question.state, question.answered_at) == (QuestionState.WAITING, now)
    assert _letters(session) == []


def test_the_same_answer_posted_twice_leaves_once(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    question_id = desk.question()
    seen = last_seen(session.get_one(Question, question_id))

    _answer(question_id, now=now, seen=seen)
    _answer(question_id, now=now, seen=seen)

    assert len(_letters(session)) == 1
    assert len(session.get_one(Question, question_id).messages) == 2


def test_whoever_answers_an_old_thread_is_shown_the_new_one_first(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    question_id = desk.question()
    seen = last_seen(session.get_one(Question, question_id))
    with transaction() as writing:
        note(writing, writing.get_one(Question, question_id), "Wait!", actor="Dora", now=now)

    with pytest.raises(Overtaken, match="Dora wrote"):
        _answer(question_id, now=now, seen=seen)

    assert _letters(session) == []


def test_spam_is_not_answered(desk: QuestionFactory, session: Session, now: datetime) -> None:
    with pytest.raises(Conflict):
        _answer(desk.question(state=QuestionState.SPAM), now=now)

    assert _letters(session) == []


@pytest.mark.parametrize("body", ["", "  \n", "x" * 20_001])
def test_an_empty_or_endless_answer_is_refused(
    desk: QuestionFactory, context: None, now: datetime, body: str
) -> None:
    with pytest.raises(Refusal):
        _answer(desk.question(), body, now=now)


def test_an_answer_that_is_rolled_back_sends_nothing(
    desk: QuestionFactory, session: Session, now: datetime
) -> None:
    question_id = desk.question()

    with pytest.raises(ZeroDivisionError), transaction() as writing:
        answer(
            writing,
            writing.get_one(Question, question_id),
            "Yes.",
            actor="Ada",
            now=now,
            base_url=BASE,
        )
        _ = 1 / 0

    assert _letters(session) == []
    assert session.get_one(Question, question_id).state is QuestionState.NEW
