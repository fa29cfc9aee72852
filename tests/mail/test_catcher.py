import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.core.errors import ProgrammingError
from outreach.mail.catcher import LARGEST, Catcher
from outreach.mail.letter import Envelope, Letter
from outreach.mail.replies import OutcomeKind
from outreach.mail.transport import connection
from tests.mail.letters import BEN, BODY, letter


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with Catcher(tmp_path) as catcher:
        yield catcher


def talk(catcher: Catcher, octets: bytes, *, end: bytes = b"221 ") -> bytes:
    """Send everything at once, as a pipelining client may, and read until it says goodbye."""
    with socket.create_connection(("127.0.0.1", catcher.port), timeout=5) as sock:
        sock.sendall(octets)
        said = b""
        while end not in said and (more := sock.recv(65536)):
            said += more
    return said


def codes(said: bytes) -> list[bytes]:
    return [line[:3] for line in said.splitlines()]


def test_letters_sent_over_our_own_transport_are_caught(catcher: Catcher) -> None:
    data = b"Subject: News\r\n\r\n.\r\n..x\r\nHello\r\n"

    with connection(catcher.settings) as opened:
        outcomes = [opened.deliver(letter(data=data)) for _ in range(3)]

    assert all(outcome.is_accepted for outcome in outcomes)
    assert catcher.mailbox.letters().total == 3
    assert catcher.mailbox.parts(1).source == data


def test_an_address_of_another_script_is_caught(catcher: Catcher) -> None:
    with connection(catcher.settings) as opened:
        opened.deliver(letter("józef@example.org", needs_smtputf8=True))

    assert catcher.mailbox.letter(1).recipient == "józef@example.org"


def test_any_other_client_can_send(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port, local_hostname="localhost") as client:
        client.sendmail("ada@example.org", [BEN, "cleo@example.org"], "Subject: x\n\n.\nHello")

    assert catcher.mailbox.letter(1).recipient == "ben@example.org, cleo@example.org"
    assert catcher.mailbox.parts(1).source == b"Subject: x\r\n\r\n.\r\nHello\r\n"


def test_commands_and_letters_that_come_together_are_told_apart(catcher: Catcher) -> None:
    envelope = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"

    said = talk(catcher, b"EHLO x\r\n" + (envelope + b"Subject: x\r\n\r\n.\r\n") * 2 + b"QUIT\r\n")

    assert codes(said)[-9:] == [
        b"250",
        b"250",
        b"354",
        b"250",
        b"250",
        b"250",
        b"354",
        b"250",
        b"221",
    ]
    assert catcher.mailbox.letters().total == 2


def test_an_empty_letter_ends_at_its_first_line(catcher: Catcher) -> None:
    envelope = b"MAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"

    said = talk(catcher, envelope + b".\r\nQUIT\r\n")

    assert codes(said) == [b"220", b"250", b"250", b"354", b"250", b"221"]
    assert catcher.mailbox.parts(1).source == b""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"RCPT TO:<b@example.org>", b"503"),
        (b"DATA", b"503"),
        (b"MAIL FROM: nobody", b"501"),
        (b"MAIL FROM:<a@example.org>\r\nMAIL FROM:<a@example.org>", b"503"),
        (b"MAIL FROM:<a@example.org>\r\nRCPT TO:<>", b"501"),
        (b"MAIL FROM:<a@example.org>\r\nRSET\r\nRCPT TO:<b@example.org>", b"503"),
        (b"TURN", b"502"),
        (b"\xff\xfe", b"502"),
        (b"HELO x", b"250"),
        (b"NOOP", b"250"),
        (b"VRFY ben", b"252"),
    ],
)
def test_commands_out_of_turn_are_answered_as_the_standard_says(
    catcher: Catcher, command: bytes, code: bytes
) -> None:
    said = talk(catcher, command + b"\r\nQUIT\r\n")

    assert codes(said)[-2:] == [code, b"221"]


def test_a_line_without_end_is_hung_up_on(catcher: Catcher) -> None:
    with socket.create_connection(("127.0.0.1", catcher.port), timeout=5) as sock:
        assert sock.recv(100).startswith(b"220")
        sock.sendall(b"x" * 10_000)
        said = sock.recv(100)

    assert said == b""


def test_a_letter_that_is_too_large_is_refused(
    catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.mail.catcher.LARGEST", 100_000)
    envelope = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"

    said = talk(catcher, envelope + b"x" * 100_001)

    assert codes(said)[-2:] == [b"552", b"221"]
    assert LARGEST > 25_000_000


def test_a_letter_that_cannot_be_kept_is_put_off(catcher: Catcher, tmp_path: Path) -> None:
    with connection(catcher.settings) as opened:
        opened.deliver(letter())
        day = catcher.mailbox.letter(1).received_at.strftime("%Y%m%d")
        (tmp_path / day / "1.eml").unlink()
        (tmp_path / day).rmdir()
        (tmp_path / day).write_text("a file where the folder should be")
        outcome = opened.deliver(letter())

    assert outcome.kind is OutcomeKind.DEFERRED
    assert "cannot be kept" in outcome.text
    assert catcher.mailbox.letters().total == 1


def test_what_was_caught_survives_a_restart_and_numbers_go_on(tmp_path: Path) -> None:
    for _ in range(2):
        with Catcher(tmp_path) as catcher, connection(catcher.settings) as opened:
            opened.deliver(letter())

    assert [one.id for one in catcher.mailbox.letters().items] == [2, 1]
    assert catcher.mailbox.parts(1).source == BODY


def test_it_can_be_stopped_while_a_client_is_connected_and_started_again(tmp_path: Path) -> None:
    catcher = Catcher(tmp_path).start()
    port = catcher.port
    opened = connection(catcher.settings)
    opened.deliver(letter())

    catcher.stop()
    catcher.stop()
    catcher.start()
    outcome = opened.deliver(letter())
    opened.close()
    catcher.stop()

    assert outcome.is_accepted
    assert catcher.port == port


def test_it_cannot_be_started_twice(catcher: Catcher) -> None:
    with pytest.raises(ProgrammingError):
        catcher.start()


def test_a_port_that_is_taken_is_said_at_once(catcher: Catcher, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        Catcher(tmp_path, port=catcher.port).start()


def test_it_listens_on_this_machine_only(catcher: Catcher) -> None:
    assert catcher.settings.is_loopback
    with connection(catcher.settings) as opened:
        assert opened.host is not None
        assert opened.host.sock is not None
        assert opened.host.sock.getpeername()[0] == "127.0.0.1"
        assert opened.deliver(Letter(Envelope("", BEN), BODY, False)).is_accepted
