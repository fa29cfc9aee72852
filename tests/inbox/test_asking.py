"""What people answer becomes questions; programs, loops and strangers make none by themselves."""

import pytest
from sqlalchemy import func, select

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.contributes import CONTRIBUTION
from outreach.delivery.outlets import return_path_of
from outreach.inbox.deciding import Decision, decide
from outreach.inbox.jobs import take
from outreach.inbox.models import InboundKind, InboundMail
from outreach.mail.letter import Address
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mail.outbox import post
from outreach.questions.answering import answer
from outreach.questions.models import Direction, Question, QuestionSource, QuestionState
from outreach.stakeholders.models import Stakeholder, Suppression
from outreach.tracking.models import Hit, HitKind
from tests.inbox.conftest import Returned
from tests.mail.smtp_server import RecordingSmtpServer

pytestmark = pytest.mark.usefixtures("context")
QUOTED = (
    "What did it cost?\r\n\r\nOn 2 March 2026, SmartUrbI <news@x.example> wrote:\r\n> Cities\r\n"
)


def _mail(
    references: str, body: str = QUOTED, *, sender: str = "", to: str = "ask@x.example", **more: str
) -> bytes:
    lines = {
        "From": sender or "Ada <ada@far.example>",
        "To": to,
        "Subject": "Re: Cities that listen",
        "Message-ID": f"<{abs(hash((references, body, sender)))}@far.example>",
        "In-Reply-To": references,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{head}\r\n{body}".encode()


def _take(returned: Returned, raw: bytes) -> InboundMail:
    take(raw, state(returned.kit.app).signer)
    found = db.session.scalars(select(InboundMail).order_by(InboundMail.id.desc())).first()
    assert found is not None
    return found


def _person(returned: Returned, number: int) -> Stakeholder:
    return db.session.get_one(Stakeholder, returned.delivery(number).stakeholder_id)


def _sent(server: RecordingSmtpServer, email: str | None) -> str:
    return next(str(one.message["Message-ID"]) for one in server.received if one.recipient == email)


def test_a_reply_to_a_letter_is_a_question_of_its_writer_about_its_mailing(
    returned: Returned, smtp_server: RecordingSmtpServer
) -> None:
    person = _person(returned, 2)
    message_id = _sent(smtp_server, person.email)
    raw = _mail(message_id, sender=f"Ada <{str(person.email).upper()}>")

    mail = _take(returned, raw)
    again = _take(returned, raw + b"\r\n(Another way)\r\n")

    question = db.session.scalars(select(Question)).one()
    assert (question.source, question.state) == (QuestionSource.MAIL, QuestionState.NEW)
    assert (question.mailing_id, question.stakeholder_id) == (returned.mailing_id, person.id)
    assert question.number is None, "nobody agreed to be followed"
    assert question.group_no is not None
    assert question.subject == "Re: Cities that listen"
    assert question.messages[0].body == "What did it cost?"
    assert f"/staff/bounces/{mail.id}" in question.messages[1].body
    assert mail.question_id == question.id
    assert again.effect == "None: the same mail came before"
    assert db.session.scalar(select(func.count()).where(Hit.kind == HitKind.QUESTION)) == 1
    assert db.session.scalars(select(OutboxLetter)).all() == [], "a mail is not acknowledged"


def test_a_forwarded_letter_s_reply_is_its_writer_s_and_marked(
    returned: Returned, smtp_server: RecordingSmtpServer
) -> None:
    person = _person(returned, 1)

    _take(returned, _mail(_sent(smtp_server, person.email)))
    by_path = _take(returned, _mail("", to=returned.sender(2)))

    first, second = db.session.scalars(select(Question).order_by(Question.id)).all()
    assert (first.email, first.stakeholder_id) == ("ada@far.example", None)
    assert first.mailing_id == returned.mailing_id
    assert any("another address" in message.body for message in first.messages)
    assert second.id == by_path.question_id


def test_programs_loops_and_made_up_marks_ask_nothing(
    returned: Returned, smtp_server: RecordingSmtpServer
) -> None:
    ours = _sent(smtp_server, _person(returned, 1).email)
    kinds = [
        _take(returned, _mail(ours, Auto_Submitted="auto-replied")).kind,
        _take(returned, _mail(ours, "Out", List_Id="<talk.far.example>")).kind,
        _take(returned, _mail(ours, "No", sender="no-reply@far.example")).kind,
    ]
    mark = ours.split(".")[2][:32]
    forged = _take(returned, _mail(ours.replace(mark, "0" * 32)))

    assert kinds == [InboundKind.AUTOMATIC] * 3
    assert db.session.scalars(select(Question)).all() == []
    assert (forged.kind, forged.is_open, forged.mailing_id) == (InboundKind.PERSON, True, None)
    with transaction() as session:
        decide(session, forged, Decision.QUESTION, actor="Ada", now=now())
    question = db.session.scalars(select(Question)).one()
    assert (question.mailing_id, question.email) == (None, "ada@far.example")


def test_a_reply_to_an_answer_goes_on_with_its_thread_and_a_bounce_of_one_is_told(
    returned: Returned, smtp_server: RecordingSmtpServer
) -> None:
    here = state(returned.kit.app)
    mail = _take(returned, _mail("", to=returned.sender(1)))
    with transaction() as session:
        question = session.get_one(Question, mail.question_id)
        answer(session, question, "Ten.", actor="Ada", now=now(), base_url="http://localhost")
    next(tick for tick in CONTRIBUTION.ticks if tick.name == "mail.outbox").run(returned.kit.app)
    letter = db.session.scalars(select(OutboxLetter)).one()
    path = return_path_of(here.settings, here.signer)
    assert path is not None
    assert smtp_server.received[-1].sender == path(letter.id, letter.message_id)

    _take(returned, _mail(letter.message_id, "Thanks!", sender="eve@else.example"))

    db.session.refresh(question)
    assert question.state is QuestionState.OPEN
    said = [(one.direction, one.body) for one in question.messages]
    assert (Direction.IN, "Thanks!") in said
    assert any("eve@else.example" in body for kind, body in said if kind is Direction.NOTE)

    earlier = path(letter.id, "<a letter of this number that is deleted@example.org>")
    assert (
        _take(returned, returned.report(to=earlier)).effect != "A single letter came back: answer"
    )
    assert db.session.scalars(select(OutboxLetter.state)).one() is OutboxState.ACCEPTED

    bounced = _take(returned, returned.report(to=path(letter.id, letter.message_id)))

    db.session.refresh(letter)
    assert letter.state is OutboxState.BOUNCED
    assert bounced.effect == "A single letter came back: answer"
    assert "came back" in db.session.get_one(Question, question.id).messages[-1].body
    assert db.session.scalars(select(Suppression)).all() == [], "nobody we know has this address"


def test_a_complaint_is_counted_once_for_its_letter(returned: Returned) -> None:
    for raw in (returned.complaint(1), returned.complaint(1, "fraud"), returned.complaint(2)):
        _take(returned, raw)

    assert db.session.scalar(select(func.count()).where(Hit.kind == HitKind.COMPLAINT)) == 2


def test_a_reply_to_a_test_letter_waits_for_somebody_and_says_what_it_answers(
    returned: Returned,
) -> None:
    with transaction() as session:
        letter = post(
            session,
            kind="test",
            to=Address("tester@far.example"),
            subject="[Test] Cities that listen",
            text="Cities",
            sender=Address("news@x.example"),
            reference=("mailing", 1),
            now=now(),
        )
        message_id = letter.message_id

    mail = _take(returned, _mail(message_id))

    assert (mail.is_open, mail.question_id) == (True, None)
    assert mail.effect == "None yet. It answers a test letter, so it counts nowhere."
    assert db.session.scalars(select(Question)).all() == []
