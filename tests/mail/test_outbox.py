from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from outreach.core.db import engine_for, transaction
from outreach.mail.addresses import BadAddress
from outreach.mail.letter import Address
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mail.outbox import (
    AUTOMATIC,
    LEASE,
    DueLetter,
    Settlement,
    claim_due,
    forget,
    judge,
    new_message_id,
    next_try,
    post,
    rendered,
    settle,
)
from outreach.mail.replies import Outcome, OutcomeKind, Stage
from outreach.mail.server import ConnectionLost, ServerUnreachable
from tests.mail.letters import parsed

BEN = Address("ben@example.org", "Ben")
ADA = Address("ada@example.org", "Ada")
Post = Callable[..., None]


@pytest.fixture
def engine(database_uri: str) -> Iterator[Engine]:
    engine = engine_for(database_uri)
    yield engine
    engine.dispose()


@pytest.fixture
def write(engine: Engine, now: datetime) -> Post:
    """Posts a letter to Ben in a transaction of its own."""

    def write(**changes: Any) -> None:
        values = {"kind": "answer", "to": BEN, "subject": "News", "text": "Hello", "now": now}
        with Session(engine, info={"writes": True}) as session, session.begin():
            post(session, **{**values, **changes})

    return write


def claim(engine: Engine, now: datetime, limit: int = 10) -> list[DueLetter]:
    with transaction(engine) as writing:
        return claim_due(writing, now=now, limit=limit)


def stored(engine: Engine) -> OutboxLetter:
    with Session(engine) as session:
        return session.scalars(select(OutboxLetter)).one()


def test_a_letter_is_written_with_all_it_needs(engine: Engine, write: Post, now: datetime) -> None:
    write(html="<p>Hello</p>", sender=ADA, reply_to=Address("ask@example.org"), headers=AUTOMATIC)

    (letter,) = claim(engine, now)

    message = parsed(rendered(letter, default_sender=Address("other@example.org")).data)
    assert message["From"] == "Ada <ada@example.org>"
    assert message["To"] == "Ben <ben@example.org>"
    assert message["Reply-To"] == "ask@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == letter.message_id
    assert message["Date"].datetime == now
    assert message.get_content_type() == "multipart/alternative"


def test_a_letter_without_a_sender_leaves_from_the_installations(
    engine: Engine, write: Post, now: datetime
) -> None:
    write()

    (letter,) = claim(engine, now)

    finished = rendered(letter, default_sender=ADA)
    assert finished.envelope.sender == "ada@example.org"
    assert parsed(finished.data)["From"] == "Ada <ada@example.org>"


def test_words_from_outside_are_made_fit_for_headers(
    engine: Engine, write: Post, now: datetime
) -> None:
    write(
        subject="Your question\r\nBcc: eve@example.org" + "x" * 400, to=Address(BEN.email, "B\nen")
    )

    (letter,) = claim(engine, now)

    message = parsed(rendered(letter, default_sender=ADA).data)
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Your question Bcc: eve@example.orgx")
    assert message["To"].addresses[0].display_name == "B en"


def test_a_letter_to_no_address_is_refused_when_it_is_written(write: Post) -> None:
    with pytest.raises(BadAddress):
        write(to=Address("ben at example.org"))


def test_what_a_letter_is_about_is_kept(engine: Engine, write: Post) -> None:
    write(reference=("question", 7))

    letter = stored(engine)

    assert (letter.subject_type, letter.subject_id) == ("question", 7)


def test_a_message_id_is_new_each_time_and_names_the_senders_domain() -> None:
    first, second = (new_message_id(Address("ada@bücher.example")) for _ in range(2))

    assert first != second
    assert first.endswith("@xn--bcher-kva.example>")


def test_a_claimed_letter_is_nobody_elses(engine: Engine, write: Post, now: datetime) -> None:
    write()
    write()

    first = claim(engine, now, limit=1)
    others = claim(engine, now)
    nothing = claim(engine, now)

    assert len({one.id for one in first + others}) == 2
    assert nothing == []


def test_letters_are_taken_when_they_are_due_and_oldest_first(
    engine: Engine, write: Post, now: datetime
) -> None:
    write(subject="second", now=now - timedelta(minutes=1))
    write(subject="first", now=now - timedelta(minutes=2))
    write(subject="later", now=now + timedelta(minutes=1))

    taken = [claim(engine, now, limit=1)[0].subject for _ in range(2)]

    assert taken == ["first", "second"]
    assert claim(engine, now) == []


def test_a_letter_whose_sender_died_is_taken_up_again_in_doubt_with_the_same_bytes(
    engine: Engine, write: Post, now: datetime
) -> None:
    write()
    (before,) = claim(engine, now)

    too_soon = claim(engine, now + LEASE - timedelta(seconds=1))
    (after,) = claim(engine, now + LEASE)

    assert too_soon == []
    assert (before.attempts, before.doubts) == (1, 0)
    assert (after.attempts, after.doubts) == (2, 1)
    assert rendered(after, default_sender=ADA) == rendered(before, default_sender=ADA)


def test_a_settled_letter_keeps_the_servers_words(
    engine: Engine, write: Post, now: datetime
) -> None:
    write()
    (letter,) = claim(engine, now)
    refused = Settlement(OutboxState.REFUSED, now, 0, 550, "5.1.1 No such user")

    with transaction(engine) as writing:
        is_settled = settle(writing, letter, refused, now=now)

    row = stored(engine)
    assert is_settled
    assert (row.state, row.reply_code, row.reply) == ("refused", 550, "5.1.1 No such user")
    assert row.settled_at == now


def test_who_lost_a_letter_to_another_sender_cannot_settle_it(
    engine: Engine, write: Post, now: datetime
) -> None:
    write()
    (slow,) = claim(engine, now)
    claim(engine, now + LEASE)
    accepted = Settlement(OutboxState.ACCEPTED, now, 0, 250, "")

    with transaction(engine) as writing:
        is_settled = settle(writing, slow, accepted, now=now)

    assert not is_settled
    assert stored(engine).state is OutboxState.SENDING


def test_every_letter_to_an_erased_address_goes(engine: Engine, write: Post) -> None:
    write()
    write(to=Address("cleo@example.org"))

    with Session(engine, info={"writes": True}) as session, session.begin():
        gone = forget(session, email="ben@example.org")

    assert gone == 1
    assert stored(engine).recipient == "cleo@example.org"


def test_waiting_grows_for_three_days_and_ends(now: datetime) -> None:
    waits, attempts, moment = [], 1, now
    while again := next_try(attempts, moment, jitter=1):
        waits.append((again - moment).total_seconds() / 60)
        moment, attempts = again, attempts + 1

    assert waits[:4] == [pytest.approx(1.1), pytest.approx(5.5), pytest.approx(16.5), 66]
    assert timedelta(days=2, hours=12) < moment - now <= timedelta(days=3)


@given(attempts=st.integers(1, 11), jitter=st.floats(0, 1))
def test_jitter_only_lengthens_a_wait_and_by_a_tenth_at_most(attempts: int, jitter: float) -> None:
    moment = datetime.fromisoformat("2026-03-02T12:00:00+00:00")

    plain, longer = (next_try(attempts, moment, jitter=value) for value in (0, jitter))

    assert plain is not None
    assert longer is not None
    assert plain <= longer <= plain + (plain - moment) * 0.1001


def due(**changes: Any) -> DueLetter:
    values: dict[str, Any] = dict.fromkeys(DueLetter.__slots__, "")
    return DueLetter(**{**values, "attempts": 1, "doubts": 0, **changes})


def outcome(kind: OutcomeKind, code: int) -> Outcome:
    return Outcome(kind, code, "4.2.0", "Words", Stage.RCPT)


IN_DOUBT = ConnectionLost(Stage.DOT, in_doubt=True, reason="gone")
LOST = ConnectionLost(Stage.MAIL, in_doubt=False, reason="gone")


@pytest.mark.parametrize(
    ("letter", "result", "state", "doubts"),
    [
        (due(), outcome(OutcomeKind.ACCEPTED, 250), OutboxState.ACCEPTED, 0),
        (due(doubts=1), outcome(OutcomeKind.ACCEPTED, 250), OutboxState.ACCEPTED, 1),
        (due(), outcome(OutcomeKind.REFUSED, 550), OutboxState.REFUSED, 0),
        (due(), outcome(OutcomeKind.DEFERRED, 450), OutboxState.QUEUED, 0),
        (due(attempts=12), outcome(OutcomeKind.DEFERRED, 450), OutboxState.FAILED, 0),
        (due(), LOST, OutboxState.QUEUED, 0),
        (due(), ServerUnreachable("Away."), OutboxState.QUEUED, 0),
        (due(), IN_DOUBT, OutboxState.QUEUED, 1),
        (due(doubts=1), IN_DOUBT, OutboxState.FAILED, 2),
    ],
)
def test_an_attempt_ends_waits_or_is_given_up(
    letter: DueLetter, result: Any, state: OutboxState, doubts: int, now: datetime
) -> None:
    settlement = judge(letter, result, now=now, jitter=0)

    assert (settlement.state, settlement.doubts) == (state, doubts)
    if state is OutboxState.QUEUED:
        assert settlement.next_try_at == now + timedelta(minutes=1)
