"""The envelope of the next letter, sent with the end of the one before."""

from collections.abc import Sequence

import pytest

from outreach.mail.letter import Letter
from outreach.mail.replies import Outcome, OutcomeKind, Stage
from outreach.mail.server import ConnectionLost
from outreach.mail.transport import SmtpConnection, connection
from tests.mail.letters import letter, settings_of
from tests.mail.smtp_server import HANG_UP, KEEP_AND_HANG_UP, RecordingSmtpServer

WHO = [f"person{number}@example.org" for number in range(5)]


def _deliver(opened: SmtpConnection, letters: Sequence[Letter]) -> list[Outcome]:
    """Offer letters as a hand does, each with a view to the next."""
    pairs = zip(letters, [*letters[1:], None], strict=True)
    return [opened.deliver(one, following) for one, following in pairs]


class Writes:
    """A socket that counts its writes."""

    def __init__(self, sock: object) -> None:
        self._sock = sock
        self.count = 0

    def __getattr__(self, name: str) -> object:
        self.count += name in {"send", "sendall", "sendmsg"}
        return getattr(self._sock, name)


def test_a_server_that_has_proved_itself_gets_one_write_for_each_letter(
    smtp_server: RecordingSmtpServer,
) -> None:
    with connection(settings_of(smtp_server)) as opened:
        assert opened.host is not None
        counting = Writes(opened.host.sock)
        opened.host.sock = counting  # type: ignore[assignment]  # stands in for the socket
        outcomes = _deliver(opened, [letter(who) for who in WHO])
        writes = counting.count

    assert all(one.is_accepted for one in outcomes)
    assert smtp_server.recipients() == WHO
    assert smtp_server.connections == 1
    assert writes == len(WHO) + 2


def test_a_server_that_does_not_offer_it_never_gets_two_commands_at_once() -> None:
    with (
        RecordingSmtpServer(pipelining=False) as server,
        connection(settings_of(server)) as opened,
    ):
        _deliver(opened, [letter(who) for who in WHO])

    assert server.recipients() == WHO
    assert server.unasked_pipelining == []


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_letter_refused_ahead_keeps_nobody_else_from_theirs(
    smtp_server: RecordingSmtpServer, stage: str
) -> None:
    smtp_server.on(stage, times=3)
    smtp_server.on(stage, "550 5.7.1 Not this one", times=1)

    with connection(settings_of(smtp_server)) as opened:
        outcomes = _deliver(opened, [letter(who) for who in WHO])

    assert [one.kind for one in outcomes].count(OutcomeKind.REFUSED) == 1
    assert outcomes[3].stage.value == stage
    assert smtp_server.recipients() == [*WHO[:3], WHO[4]]
    assert smtp_server.connections == 1


@pytest.mark.parametrize("said", [HANG_UP, "421 4.7.0 Enough of you"])
def test_a_server_that_hangs_up_between_letters_gets_the_next_on_a_new_connection(
    smtp_server: RecordingSmtpServer, said: str
) -> None:
    smtp_server.on("mail", times=3)
    smtp_server.on("mail", said, times=1)

    with connection(settings_of(smtp_server)) as opened:
        outcomes = _deliver(opened, [letter(who) for who in WHO])

    assert all(one.is_accepted for one in outcomes)
    assert smtp_server.recipients() == WHO
    assert smtp_server.connections == 2


def test_an_answer_lost_behind_a_letter_leaves_that_one_in_doubt_and_no_other(
    smtp_server: RecordingSmtpServer,
) -> None:
    smtp_server.on("dot", KEEP_AND_HANG_UP, recipient=WHO[2])

    with connection(settings_of(smtp_server)) as opened:
        letters = [letter(who) for who in WHO]
        _deliver(opened, letters[:2])
        with pytest.raises(ConnectionLost) as lost:
            opened.deliver(letters[2], letters[3])
        outcomes = _deliver(opened, letters[3:])

    assert lost.value.in_doubt
    assert lost.value.stage is Stage.DOT
    assert all(one.is_accepted for one in outcomes)
    assert smtp_server.recipients() == WHO


def test_of_a_letter_whose_envelope_has_left_nothing_arrives_until_it_is_offered(
    smtp_server: RecordingSmtpServer,
) -> None:
    letters = [letter(who) for who in WHO]
    with connection(settings_of(smtp_server)) as opened:
        _deliver(opened, letters[:2])
        opened.deliver(letters[2], letters[3])
        opened.deliver(letters[4])
    with connection(settings_of(smtp_server)) as opened:
        _deliver(opened, letters[:1])
        opened.deliver(letters[1], letters[3])

    assert smtp_server.recipients() == [*WHO[:3], WHO[4], *WHO[:2]]
    assert smtp_server.connections == 3, "the first one had an envelope open"
    assert smtp_server.commands.count("quit") == 1, "beyond DATA it is a line of the letter"


def test_a_server_that_forgets_what_comes_behind_a_letter_gets_no_more_of_it(
    smtp_server: RecordingSmtpServer,
) -> None:
    smtp_server.on("mail", times=2)
    smtp_server.on("mail", delay=1.0, times=1)

    with connection(settings_of(smtp_server, timeout=0.2)) as opened:
        outcomes = _deliver(opened, [letter(who) for who in WHO])
        last = smtp_server.commands[-6:]

    assert all(one.is_accepted for one in outcomes)
    assert smtp_server.recipients() == WHO
    assert smtp_server.connections == 2
    assert [line[:4] for line in last] == ["MAIL", "RCPT", "DATA"] * 2
