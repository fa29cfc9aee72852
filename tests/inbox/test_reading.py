"""Reading anything that may come back, without ever raising."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.inbox.models import InboundKind
from outreach.inbox.reading import read
from outreach.mail.replies import BounceClass

EXIM = (
    b"From: Mail Delivery System <Mailer-Daemon@far.example>\r\n"
    b"X-Failed-Recipients: gone@far.example\r\nSubject: Mail delivery failed\r\n\r\n"
    b"This message was created automatically by mail delivery software.\r\n\r\n"
    b"  gone@far.example\r\n    550 5.1.1 <gone@far.example>: User unknown in table\r\n"
)
QMAIL = (
    b"From: MAILER-DAEMON@far.example\r\nSubject: failure notice\r\n\r\n"
    b"Hi. This is the qmail-send program at far.example.\r\n"
    b"I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\r\n"
    b"<gone@far.example>:\r\nIt did not work out, sorry.\r\n\r\n"
    b"--- Below this line is a copy of the message.\r\n"
)


@given(st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_no_octets_make_it_raise(raw: bytes) -> None:
    read(raw)
    read(b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" + raw)
    read(b"Content-Type: message/delivery-status\r\n\r\n" + raw)


def test_odd_forms_are_known_but_only_words_that_say_so_prove_a_dead_address() -> None:
    exim, qmail = read(EXIM), read(QMAIL)

    assert (exim.kind, exim.bounce_class) == (InboundKind.BOUNCE, BounceClass.HARD)
    assert qmail.kind is InboundKind.BOUNCE
    assert qmail.bounce_class is not BounceClass.HARD
    assert not qmail.is_certain


def test_what_brings_letters_back_in_words_of_its_own_waits_for_a_person() -> None:
    own_words = b"From: postmaster@far.example\r\nSubject: %b\r\n\r\nEs ging nicht.\r\n"
    returned, away = read(own_words % b"Nicht zugestellt"), read(own_words % b"Abwesenheitsnotiz")

    assert (returned.kind, returned.is_certain) == (InboundKind.BOUNCE, False)
    assert returned.said == "Es ging nicht."
    assert away.kind is InboundKind.AUTOMATIC


def test_what_cannot_be_read_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    broken = read(b"\x00\xff\xfe no header at all")

    assert broken.kind is InboundKind.UNREADABLE
    assert broken.said.startswith("It is broken and could not be read (")
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"Auto-Submitted: auto-replied\r\nSubject: Re: Cities", InboundKind.AUTOMATIC),
        (b"Subject: Abwesenheitsnotiz: bin weg\r\nPrecedence: bulk", InboundKind.AUTOMATIC),
        (b"Subject: Absence of evidence", InboundKind.PERSON),
        (b"Subject: A question", InboundKind.PERSON),
    ],
)
def test_automatic_mail_is_told_by_a_header_or_a_second_sign(
    head: bytes, kind: InboundKind
) -> None:
    assert read(b"From: ada@example.net\r\n" + head + b"\r\n\r\nHello\r\n").kind is kind


def test_a_status_that_says_nothing_gives_way_to_the_receiving_servers_own() -> None:
    raw = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Action: failed\r\nStatus: 5.0.0\r\n"
        b"Diagnostic-Code: smtp; 550 5.7.26 not authenticated\r\n\r\n--b--\r\n"
    )

    assert read(raw).bounce_class is BounceClass.BLOCKED
    assert read(raw).status == "5.7.26"
