"""What programs send by themselves asks nothing, and nothing of it is lost."""

import pytest
from sqlalchemy import select

from outreach.core.db import db
from outreach.core.state import state
from outreach.inbox.jobs import take
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.reading import read
from outreach.questions.models import Question
from tests.cast import Cast
from tests.inbox.conftest import Returned
from tests.web_client import post

AUTOMATIC, PERSON = InboundKind.AUTOMATIC, InboundKind.PERSON
MIXED = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\n%b\r\n"
    b"--b\r\nContent-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n"
    b"BEGIN:VCALENDAR\r\nPRODID:%b\r\nMETHOD:%b\r\nBEGIN:VEVENT\r\nUID:1@x\r\n%bEND:VEVENT\r\n"
    b"END:VCALENDAR\r\n--b--\r\n"
)
GOOGLE, OUTLOOK = b"-//Google Inc//Google Calendar 70.9054//EN", b"Microsoft Exchange Server 2010"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"Auto-Submitted: auto-replied\r\nSubject: Re: Cities", AUTOMATIC),
        (b'Auto-Submitted: auto-replied; owner-email="ada@example.net"', AUTOMATIC),
        (b"Auto-Submitted: no (a person)\r\nSubject: Re: Cities", PERSON),
        (b"Subject: Abwesenheitsnotiz: bin weg\r\nPrecedence: bulk", AUTOMATIC),
        (b"Subject: Away\r\nX-Autoreply: yes", AUTOMATIC),
        (b"Subject: Away\r\nX-Autoreply: no", PERSON),
        (b"Subject: Away\r\nPrecedence: auto_reply", AUTOMATIC),
        (b"Subject: [talk] Cities\r\nPrecedence: list", AUTOMATIC),
        (b"Subject: Cities\r\nMailing-List: contact talk-help@far.example", AUTOMATIC),
        # An answer of a program (RFC 5230), and the receipt of another (RFC 8098).
        (b"Return-Path: <>\r\nSubject: Re: Cities", AUTOMATIC),
        (
            b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
            AUTOMATIC,
        ),
        (b"Content-Type: message/disposition-notification\r\nSubject: Read: Cities", AUTOMATIC),
        (b"Subject: Absence of evidence", PERSON),
        (b"Subject: Accepted: the proposal you made", PERSON),
        (b"Subject: A question", PERSON),
    ],
)
def test_automatic_mail_is_told_by_its_head(head: bytes, kind: InboundKind) -> None:
    assert read(b"From: ada@example.net\r\n" + head + b"\r\n\r\nHello\r\n").kind is kind


@pytest.mark.parametrize(
    ("text", "program", "method", "more", "is_certain"),
    [
        (b"Ada has accepted this invitation.", GOOGLE, b"REPLY", b"", True),
        (b"", OUTLOOK, b"REPLY", b"", True),
        (b"Will there be slides?", OUTLOOK, b"REPLY", b"", False),
        (b"", OUTLOOK, b"REPLY", b"COMMENT;LANGUAGE=en:Too early for me\r\n", False),
        (b"", GOOGLE, b"COUNTER", b"", False),
    ],
)
def test_an_answer_to_an_invitation_asks_nothing_unless_words_may_be_in_it(
    text: bytes, program: bytes, method: bytes, more: bytes, *, is_certain: bool
) -> None:
    head = b"From: ada@example.net\r\nSubject: Accepted: Cities that listen\r\n"

    found = read(head + MIXED % (text, program, method, more))

    assert (found.kind, found.is_certain) == (AUTOMATIC, is_certain)


def test_an_invitation_and_a_forwarded_answer_are_a_person_s() -> None:
    head = b"From: ada@example.net\r\nSubject: Shall we talk?\r\n"
    invitation = MIXED.replace(b"; method=REPLY", b"") % (b"Shall we?", OUTLOOK, b"REQUEST", b"")
    forwarded = (
        b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\nContent-Type: text/plain'
        b"\r\n\r\nWhat is this?\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n"
        + head
        + MIXED % (b"", OUTLOOK, b"REPLY", b"")
        + b"\r\n--c--\r\n"
    )

    assert read(head + invitation).kind is PERSON
    assert read(head + forwarded).kind is PERSON


def test_what_a_program_sent_is_kept_and_can_be_made_a_question(
    returned: Returned, cast: Cast
) -> None:
    mail_id = _taken(
        returned,
        f"From: Ada <ada@far.example>\r\nTo: {returned.sender(1)}\r\n"
        "Message-ID: <1@far.example>\r\nSubject: Re: Cities\r\n"
        "Precedence: bulk\r\n\r\nWhat did it cost?\r\n".encode(),
    )
    before = _questions(returned)
    listed = cast.ada.get("/staff/bounces?kind=automatic").text
    shown = cast.ada.get(f"/staff/bounces/{mail_id}").text
    is_bounce = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "hard"})
    done = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "question"})
    again = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "question"})

    assert before == []
    assert "Re: Cities" in listed
    assert "What did it cost?" in shown
    assert "Make it a question" in shown
    assert (is_bounce.status_code, done.status_code, again.status_code) == (409, 302, 409)
    assert _questions(returned) == [(returned.mailing_id, "What did it cost?")]


def test_an_answer_of_a_calendar_with_words_waits_to_be_read(
    returned: Returned, cast: Cast
) -> None:
    head = f"From: Ada <ada@far.example>\r\nTo: {returned.sender(1)}\r\nSubject: Accepted: Talk\r\n"
    mixed = MIXED % (b"Will there be slides?", OUTLOOK, b"REPLY", b"")

    mail_id = _taken(returned, head.encode() + mixed)

    assert "perhaps with words of a person" in cast.ada.get(f"/staff/bounces/{mail_id}").text
    assert _questions(returned) == []
    done = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "nothing"})
    assert done.status_code == 302
    assert "Make it a question" not in cast.ada.get(f"/staff/bounces/{mail_id}").text


def _taken(returned: Returned, raw: bytes) -> int:
    with returned.kit.app.app_context():
        take(raw, state(returned.kit.app).signer)
        return db.session.scalars(select(InboundMail.id)).one()


def _questions(returned: Returned) -> list[tuple[int | None, str]]:
    with returned.kit.app.app_context():
        found = db.session.scalars(select(Question)).all()
        return [(one.mailing_id, one.messages[0].body) for one in found]
