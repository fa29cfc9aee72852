import socket
import threading
from collections.abc import Callable
from functools import partial

import pytest
from flask_mail import Mail

from outreach.core.errors import ProgrammingError
from outreach.mail.addresses import BadAddress
from outreach.mail.letter import Envelope, Letter
from outreach.mail.replies import BounceClass, OutcomeKind, Stage
from outreach.mail.transport import SmtpMail, connection
from outreach.mail.wire import stuffed
from tests.mail.letters import BEN, BODY, letter, settings_of
from tests.mail.smtp_server import RecordingSmtpServer


def test_letters_travel_over_one_connection_as_they_are(either_server: RecordingSmtpServer) -> None:
    recipients = [f"person{number}@example.org" for number in range(5)]

    with connection(settings_of(either_server)) as opened:
        outcomes = [opened.deliver(letter(recipient)) for recipient in recipients]

    assert all(outcome.is_accepted for outcome in outcomes)
    assert either_server.recipients() == recipients
    assert {one.data for one in either_server.received} == {BODY}
    assert {one.sender for one in either_server.received} == {"bounces@example.org"}
    assert either_server.connections == 1


@pytest.mark.parametrize(
    "data", [b".\r\n..\r\n.x\r\n", b"a\r\n.\r\nb\r\n", b"\r\n", b"a" * 99999 + b"\r\n"]
)
def test_full_stops_arrive_as_they_were_written(
    either_server: RecordingSmtpServer, data: bytes
) -> None:
    with connection(settings_of(either_server)) as opened:
        outcome = opened.deliver(letter(data=data))

    assert outcome.is_accepted
    assert either_server.received[0].data == data


@pytest.mark.parametrize(
    "data", [b"", b"a", b"a\n", b"a\nb\r\n", b"a\rb\r\n", b"a\r\n\n.\r\nb\r\n"]
)
def test_other_line_ends_than_crlf_never_leave(data: bytes) -> None:
    with pytest.raises(ProgrammingError):
        stuffed(data)


def test_ehlo_and_the_envelope_tell_nothing_of_this_machine(
    smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda: pytest.fail("DNS was asked for our name"))

    with connection(settings_of(smtp_server, local_hostname="outreach.example.org")) as opened:
        opened.deliver(letter())

    assert smtp_server.commands == [
        "ehlo outreach.example.org",
        f"MAIL FROM:<bounces@example.org> SIZE={len(BODY)}",
        "RCPT TO:<ben@example.org>",
        "DATA",
        "quit",
    ]


def test_mail_rcpt_and_data_leave_in_one_write_and_the_letter_in_another(
    smtp_server: RecordingSmtpServer,
) -> None:
    with connection(settings_of(smtp_server)) as opened:
        opened.deliver(letter())
        assert opened.host is not None
        counting = CountingSocket(opened.host.sock)
        opened.host.sock = counting  # type: ignore[assignment]  # stands in for the socket
        opened.deliver(letter())
        writes = counting.writes

    assert writes == 2


class CountingSocket:
    """A socket that counts its writes."""

    def __init__(self, sock: object) -> None:
        self._sock = sock
        self.writes = 0

    def __getattr__(self, name: str) -> object:
        self.writes += name in {"send", "sendall", "sendmsg"}
        return getattr(self._sock, name)


@pytest.mark.parametrize(
    ("stage", "reply", "kind"),
    [
        ("mail", "451 4.3.0 Later", OutcomeKind.DEFERRED),
        ("mail", "550 5.7.1 Go away", OutcomeKind.REFUSED),
        ("rcpt", "450 4.2.0 Greylisted", OutcomeKind.DEFERRED),
        ("rcpt", "550 5.1.1 No such user", OutcomeKind.REFUSED),
        ("data", "451 4.3.0 Later", OutcomeKind.DEFERRED),
        ("data", "554 5.5.1 No", OutcomeKind.REFUSED),
        ("dot", "452 4.3.1 Disk full", OutcomeKind.DEFERRED),
        ("dot", "554 5.7.1 Spam", OutcomeKind.REFUSED),
    ],
)
def test_a_no_at_any_stage_is_an_outcome_and_the_next_letter_goes_out(
    either_server: RecordingSmtpServer, stage: str, reply: str, kind: OutcomeKind
) -> None:
    either_server.on(stage, reply, times=1)

    with connection(settings_of(either_server)) as opened:
        outcome = opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert (outcome.kind, outcome.stage) == (kind, Stage(stage))
    assert f"{outcome.code} {outcome.enhanced} {outcome.text}" == reply
    assert following.is_accepted
    assert either_server.recipients() == ["cleo@example.org"]
    assert either_server.connections == 1


def test_a_refused_recipient_gets_nothing_when_the_server_asks_for_the_letter_all_the_same(
    either_server: RecordingSmtpServer,
) -> None:
    either_server.on("rcpt", "550 5.1.1 No such user", recipient=BEN)
    either_server.on("data", "354 Go on")

    with connection(settings_of(either_server)) as opened:
        outcome = opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert outcome.bounce_class is BounceClass.HARD
    assert following.is_accepted
    assert either_server.recipients() == ["cleo@example.org"]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_421_defers_the_letter_and_the_next_one_opens_a_new_connection(
    either_server: RecordingSmtpServer, stage: str
) -> None:
    either_server.on(stage, "421 4.7.0 Too busy", connection=1)

    with connection(settings_of(either_server)) as opened:
        outcome = opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert (outcome.kind, outcome.code) == (OutcomeKind.DEFERRED, 421)
    assert following.is_accepted
    assert either_server.recipients() == ["cleo@example.org"]
    assert either_server.connections == 2


def test_an_address_of_another_script_goes_out_only_with_smtputf8() -> None:
    jozef = letter("józef@example.org", needs_smtputf8=True)

    with RecordingSmtpServer(smtputf8=True) as able, connection(settings_of(able)) as opened:
        taken = opened.deliver(jozef)
    with RecordingSmtpServer() as unable, connection(settings_of(unable)) as opened:
        refused = opened.deliver(jozef)

    assert taken.is_accepted
    assert able.recipients() == ["józef@example.org"]
    assert any(line.endswith("BODY=8BITMIME SMTPUTF8") for line in able.commands)
    assert (refused.kind, refused.enhanced) == (OutcomeKind.REFUSED, "5.6.7")
    assert refused.bounce_class is BounceClass.SOFT
    assert "another address" in refused.text
    assert not any(line.startswith("MAIL") for line in unable.commands)


def test_a_domain_of_another_script_goes_out_as_a_labels(smtp_server: RecordingSmtpServer) -> None:
    with connection(settings_of(smtp_server)) as opened:
        opened.deliver(letter("ben@bücher.example"))

    assert smtp_server.recipients() == ["ben@xn--bcher-kva.example"]


def test_a_recipient_that_would_end_the_command_is_refused_here(
    smtp_server: RecordingSmtpServer,
) -> None:
    hostile = "ben@example.org>\r\nRCPT TO:<eve@example.org"

    with connection(settings_of(smtp_server)) as opened:
        outcome = opened.deliver(letter(hostile))
        following = opened.deliver(letter())

    assert (outcome.kind, outcome.enhanced) == (OutcomeKind.REFUSED, "5.1.3")
    assert following.is_accepted
    assert smtp_server.recipients() == [BEN]


def test_a_sender_that_is_no_address_is_our_own_mistake(smtp_server: RecordingSmtpServer) -> None:
    with connection(settings_of(smtp_server)) as opened, pytest.raises(BadAddress):
        opened.deliver(Letter(Envelope("bounces\r\n", BEN), BODY, False))


def test_the_null_sender_is_written_as_an_empty_path(smtp_server: RecordingSmtpServer) -> None:
    with connection(settings_of(smtp_server)) as opened:
        outcome = opened.deliver(Letter(Envelope("", BEN), BODY, False))

    assert outcome.is_accepted
    assert smtp_server.received[0].sender == ""


def test_several_connections_deliver_side_by_side(smtp_server: RecordingSmtpServer) -> None:
    def deliver(number: int) -> None:
        with connection(settings_of(smtp_server)) as opened:
            for count in range(20):
                opened.deliver(letter(f"person{number}.{count}@example.org"))

    run_together([partial(deliver, number) for number in range(4)])

    assert len(set(smtp_server.recipients())) == 80
    assert smtp_server.connections == 4


def run_together(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_it_is_a_flask_mail(smtp_server: RecordingSmtpServer) -> None:
    mail = SmtpMail(settings_of(smtp_server))

    assert isinstance(mail, Mail)
    assert mail.server == "127.0.0.1"
