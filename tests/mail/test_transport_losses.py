import pytest

from outreach.mail.replies import OutcomeKind, Stage
from outreach.mail.server import (
    ConnectionLost,
)
from outreach.mail.transport import connection
from tests.mail.letters import BEN, letter, settings_of
from tests.mail.smtp_server import (
    HALF_CLOSE,
    HANG_UP,
    KEEP_AND_HANG_UP,
    RecordingSmtpServer,
)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_connection_lost_before_the_final_dot_leaves_no_doubt(
    either_server: RecordingSmtpServer, stage: str
) -> None:
    either_server.on(stage, HANG_UP, connection=1)

    with connection(settings_of(either_server)) as opened:
        with pytest.raises(ConnectionLost) as loss:
            opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert not loss.value.in_doubt
    assert loss.value.stage is Stage(stage)
    assert following.is_accepted
    assert either_server.recipients() == ["cleo@example.org"]


def test_a_refusal_stands_when_the_server_hangs_up_after_it(
    either_server: RecordingSmtpServer,
) -> None:
    either_server.on("rcpt", "550 5.1.1 No such user", recipient=BEN)
    either_server.on("data", HANG_UP, connection=1)
    either_server.on("rset", HANG_UP, connection=1)

    with connection(settings_of(either_server)) as opened:
        outcome = opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert outcome.enhanced == "5.1.1"
    assert following.is_accepted
    assert either_server.recipients() == ["cleo@example.org"]


@pytest.mark.parametrize("reply", [HANG_UP, KEEP_AND_HANG_UP])
def test_a_reply_lost_after_the_final_dot_leaves_the_letter_in_doubt(
    either_server: RecordingSmtpServer, reply: str
) -> None:
    either_server.on("dot", reply)

    with connection(settings_of(either_server)) as opened, pytest.raises(ConnectionLost) as loss:
        opened.deliver(letter())

    assert loss.value.in_doubt
    assert loss.value.stage is Stage.DOT
    assert "may have arrived" in str(loss.value)
    assert len(either_server.received) == (reply == KEEP_AND_HANG_UP)


def test_a_reply_that_never_comes_after_the_final_dot_leaves_the_letter_in_doubt(
    smtp_server: RecordingSmtpServer,
) -> None:
    smtp_server.on("dot", delay=1)
    hasty = settings_of(smtp_server, timeout=0.1, final_timeout=0.2)

    with connection(hasty) as opened, pytest.raises(ConnectionLost) as loss:
        opened.deliver(letter())

    assert loss.value.in_doubt


def test_the_last_reply_is_waited_for_longer_than_the_others(
    smtp_server: RecordingSmtpServer,
) -> None:
    smtp_server.on("dot", delay=0.5)
    patient = settings_of(smtp_server, timeout=0.2, final_timeout=5)

    with connection(patient) as opened:
        outcome = opened.deliver(letter())

    assert outcome.is_accepted


def test_words_without_sense_after_the_final_dot_leave_the_letter_in_doubt(
    smtp_server: RecordingSmtpServer,
) -> None:
    smtp_server.on("dot", "What?", connection=1)

    with connection(settings_of(smtp_server)) as opened:
        with pytest.raises(ConnectionLost) as loss:
            opened.deliver(letter())
        following = opened.deliver(letter())

    assert loss.value.in_doubt
    assert following.is_accepted


def test_a_connection_closed_while_it_rested_is_opened_again(
    either_server: RecordingSmtpServer,
) -> None:
    with connection(settings_of(either_server)) as opened:
        opened.deliver(letter())
        either_server.hang_up()
        outcome = opened.deliver(letter("cleo@example.org"))

    assert outcome.is_accepted
    assert either_server.recipients() == [BEN, "cleo@example.org"]
    assert either_server.connections == 2


def test_a_server_that_takes_one_letter_per_connection_gets_every_letter(
    either_server: RecordingSmtpServer,
) -> None:
    either_server.on("mail", times=1, connection=1)
    either_server.on("mail", "421 4.7.0 One letter per connection", connection=1)

    with connection(settings_of(either_server)) as opened:
        outcomes = [opened.deliver(letter()), opened.deliver(letter("cleo@example.org"))]

    assert all(outcome.is_accepted for outcome in outcomes)
    assert either_server.connections == 2


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_words_without_sense_before_the_final_dot_defer_the_letter(
    either_server: RecordingSmtpServer, stage: str
) -> None:
    either_server.on(stage, "\x00\xff What?", connection=1)

    with connection(settings_of(either_server)) as opened:
        outcome = opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert outcome.kind is OutcomeKind.DEFERRED
    assert following.is_accepted
    assert either_server.recipients() == ["cleo@example.org"]


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_a_server_that_stops_speaking_is_as_good_as_gone(
    either_server: RecordingSmtpServer, stage: str
) -> None:
    either_server.on(stage, HALF_CLOSE, connection=1)

    with connection(settings_of(either_server)) as opened:
        with pytest.raises(ConnectionLost) as loss:
            opened.deliver(letter())
        following = opened.deliver(letter("cleo@example.org"))

    assert loss.value.in_doubt is (stage == "dot")
    assert following.is_accepted


def test_a_large_letter_passes_a_tiny_window_whole() -> None:
    data = b"Subject: News\r\n\r\n" + (b"x" * 76 + b"\r\n") * 4_000
    server = RecordingSmtpServer(eight_bit=False)
    server.window = 2_048
    with server, connection(settings_of(server)) as opened:
        outcome = opened.deliver(letter(data=data))

    assert outcome.is_accepted
    assert server.received[0].data == data
