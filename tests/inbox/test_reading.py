"""Reading anything that may come back, without ever raising."""

import base64

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


FAILED = "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n"


def _report(fields: str, kind: str = "message/delivery-status", packing: str = "") -> bytes:
    body = f"Reporting-MTA: dns; far.example\r\n\r\n{fields}"
    if packing == "base64":
        body = base64.encodebytes(body.encode()).decode()
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {packing or '7bit'}\r\n\r\n"
    return (
        f"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n{head}{body}\r\n--b--".encode()
    )


@pytest.mark.parametrize(
    ("raw", "is_certain"),
    [
        (_report(FAILED), True),
        (_report(FAILED, packing="base64"), True),
        (_report(FAILED, kind="message/global-delivery-status"), True),
        (_report(FAILED.replace("failed", "Failed (bounced)")), True),
        # It does not say what was done: a person decides.
        (_report(FAILED.replace("Action: failed\r\n", "")), False),
        # Only words say so, and that it has no return path.
        (
            b"Return-Path: <>\r\nFrom: Mail gateway <no-reply@far.example>\r\n\r\n"
            b"Your message was not taken: 550 5.1.1 No such user\r\n",
            False,
        ),
        (
            b"From: x@far.example\r\nAuto-Submitted: auto-replied\r\n"
            b"X-MS-Exchange-Message-Is-Ndr:\r\n\r\n#550 5.1.1 RecipientNotFound#\r\n",
            False,
        ),
    ],
)
def test_a_report_is_read_however_it_is_packed(raw: bytes, *, is_certain: bool) -> None:
    found = read(raw)

    assert (found.kind, found.bounce_class, found.status) == (
        InboundKind.BOUNCE,
        BounceClass.HARD,
        "5.1.1",
    )
    assert found.is_certain is is_certain


def test_a_report_that_says_nothing_is_no_notice_to_pass_over() -> None:
    silent = read(_report("Final-Recipient: rfc822; gone@far.example\r\n"))
    untold = read(_report("Action: failed\r\nStatus: 5.0.0\r\n"))

    assert (silent.kind, silent.is_certain) == (InboundKind.NOTICE, False)
    assert (untold.bounce_class, untold.said) == (BounceClass.SOFT, "It gives no reason")


def test_a_complaint_is_read_in_base64_and_without_a_type_waits_for_a_person() -> None:
    head = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    part = b"Content-Type: message/feedback-report\r\nContent-Transfer-Encoding: "
    fields = base64.encodebytes(b"Feedback-Type: abuse\r\nVersion: 1\r\n")
    packed = read(head + part + b"base64\r\n\r\n" + fields + b"\r\n--b--")
    untold = read(head + part + b"7bit\r\n\r\nVersion: 1\r\n\r\n--b--")

    assert (packed.kind, packed.said, packed.is_certain) == (InboundKind.COMPLAINT, "abuse", True)
    assert (untold.kind, untold.is_certain) == (InboundKind.COMPLAINT, False)


@given(st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_no_octets_make_it_raise(raw: bytes) -> None:
    read(raw)
    read(b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" + raw)
    for kind in (b"delivery-status", b"global-delivery-status", b"feedback-report"):
        for packing in (b"7bit", b"base64", b"quoted-printable"):
            head = b"Content-Type: message/" + kind
            read(head + b"\r\nContent-Transfer-Encoding: " + packing + b"\r\n\r\n" + raw)


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


def test_a_status_that_says_nothing_gives_way_to_the_receiving_servers_own() -> None:
    raw = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Action: failed\r\nStatus: 5.0.0\r\n"
        b"Diagnostic-Code: smtp; 550 5.7.26 not authenticated\r\n\r\n--b--\r\n"
    )

    assert read(raw).bounce_class is BounceClass.BLOCKED
    assert read(raw).status == "5.7.26"
