"""Letters as one chunk, where the server offers CHUNKING (RFC 3030)."""

from collections.abc import Iterator, Sequence

import pytest

from outreach.core.errors import ProgrammingError
from outreach.mail.letter import Letter
from outreach.mail.replies import Outcome, OutcomeKind, Stage
from outreach.mail.server import ConnectionLost
from outreach.mail.transport import SmtpConnection, connection
from outreach.mail.wire import chunk
from tests.mail.letters import letter, settings_of
from tests.mail.smtp_server import HANG_UP, KEEP_AND_HANG_UP, RecordingSmtpServer

WHO = [f"person{number}@example.org" for number in range(4)]
DATA = b".\r\n..\r\na\r\n.\r\nMAIL FROM:<eve@example.org>\r\n"


@pytest.fixture(params=[True, False], ids=["pipelining", "lock-step"])
def chunks(request: pytest.FixtureRequest) -> Iterator[RecordingSmtpServer]:
    with RecordingSmtpServer(pipelining=request.param, chunking=True) as server:
        yield server
    assert server.unasked_pipelining == []


def _deliver(opened: SmtpConnection, letters: Sequence[Letter]) -> list[Outcome]:
    """Offer letters as a hand does, each with a view to the next."""
    pairs = zip(letters, [*letters[1:], None], strict=True)
    return [opened.deliver(one, following) for one, following in pairs]


def test_letters_arrive_as_they_were_written_and_no_data_is_asked_for(
    chunks: RecordingSmtpServer,
) -> None:
    with connection(settings_of(chunks)) as opened:
        outcomes = _deliver(opened, [letter(who, data=DATA) for who in WHO])

    assert all(one.is_accepted for one in outcomes)
    assert [one.data for one in chunks.received] == [DATA] * len(WHO)
    assert chunks.recipients() == WHO
    assert chunks.connections == 1
    verbs = [line[:4] for line in chunks.commands]
    assert verbs == ["ehlo", *["MAIL", "RCPT", "BDAT"] * len(WHO), "quit"]


@pytest.mark.parametrize(
    ("stage", "reply", "kind"),
    [
        ("mail", "451 4.3.0 Later", OutcomeKind.DEFERRED),
        ("rcpt", "550 5.1.1 No such user", OutcomeKind.REFUSED),
        ("dot", "452 4.3.1 Disk full", OutcomeKind.DEFERRED),
        ("dot", "554 5.7.1 Spam", OutcomeKind.REFUSED),
        ("dot", "421 4.7.0 Too busy", OutcomeKind.DEFERRED),
    ],
)
def test_a_no_at_any_stage_is_an_outcome_and_the_next_letters_go_out(
    chunks: RecordingSmtpServer, stage: str, reply: str, kind: OutcomeKind
) -> None:
    chunks.on(stage, times=2)
    chunks.on(stage, reply, times=1)

    with connection(settings_of(chunks)) as opened:
        outcomes = _deliver(opened, [letter(who) for who in WHO])

    assert (outcomes[2].kind, outcomes[2].stage) == (kind, Stage(stage))
    assert chunks.recipients() == [*WHO[:2], WHO[3]]


@pytest.mark.parametrize("said", [HANG_UP, KEEP_AND_HANG_UP])
def test_only_a_chunk_whose_answer_is_lost_leaves_its_letter_in_doubt(
    chunks: RecordingSmtpServer, said: str
) -> None:
    chunks.on("rcpt", HANG_UP, recipient=WHO[0], times=1)
    chunks.on("dot", said, recipient=WHO[1])

    with connection(settings_of(chunks)) as opened:
        lost = []
        for who in WHO[:2]:
            with pytest.raises(ConnectionLost) as loss:
                opened.deliver(letter(who))
            lost.append((loss.value.stage, loss.value.in_doubt))

    assert lost == [(Stage.RCPT, False), (Stage.DOT, True)]


@pytest.mark.parametrize("said", ["500 5.5.2 What?", "502 5.5.1 Unknown command"])
def test_a_server_that_does_not_know_what_it_offered_gets_every_letter_once_the_old_way(
    chunks: RecordingSmtpServer, said: str
) -> None:
    chunks.on("dot", said, times=1)

    with connection(settings_of(chunks)) as opened:
        outcomes = _deliver(opened, [letter(who, data=DATA) for who in WHO])

    assert all(one.is_accepted for one in outcomes)
    assert [(one.recipient, one.data) for one in chunks.received] == [(who, DATA) for who in WHO]
    assert [line[:4] for line in chunks.commands].count("BDAT") == 1
    assert chunks.connections == 2, "what is left of a chunk could pass for commands"


@pytest.mark.parametrize("data", [b"", b"a", b"a\nb\r\n", b"a\r\n\n.\r\nb\r\n"])
def test_other_line_ends_than_crlf_never_leave_as_a_chunk_either(data: bytes) -> None:
    with pytest.raises(ProgrammingError):
        chunk(letter(data=data))
