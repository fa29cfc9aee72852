import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from outreach.core.db import engine_for, transaction
from outreach.mail.drain import DrainReport, drain
from outreach.mail.letter import Address
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mail.outbox import LEASE, claim_due, post
from outreach.mail.relays import Relays
from outreach.mail.server import SmtpSettings
from tests.mail.letters import settings_of
from tests.mail.smtp_server import KEEP_AND_HANG_UP, RecordingSmtpServer

ADA = Address("ada@example.org", "Ada")
Drain = Callable[..., DrainReport]


@pytest.fixture
def engine(database_uri: str) -> Iterator[Engine]:
    engine = engine_for(database_uri)
    yield engine
    engine.dispose()


@pytest.fixture
def run(engine: Engine, smtp_server: RecordingSmtpServer, now: datetime) -> Drain:
    """Drains the outbox into the recording server, so many minutes after noon."""

    def run(*, minutes: float = 0, limit: int = 500) -> DrainReport:
        moment = now + timedelta(minutes=minutes)
        relays = Relays([settings_of(smtp_server)])
        return drain(engine, relays, sender=ADA, limit=limit, moment=lambda: moment)

    return run


def write(engine: Engine, now: datetime, *recipients: str) -> None:
    with Session(engine, info={"writes": True}) as session, session.begin():
        for recipient in recipients or ["ben@example.org"]:
            post(session, kind="x", to=Address(recipient), subject="x", text="x", now=now)
            session.flush()


def letters(engine: Engine) -> list[OutboxLetter]:
    with Session(engine) as session:
        return list(session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)))


def test_an_empty_outbox_opens_no_connection(run: Drain, smtp_server: RecordingSmtpServer) -> None:
    report = run()

    assert report == DrainReport()
    assert smtp_server.connections == 0


def test_everything_due_leaves_over_one_connection(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now, "ben@example.org", "cleo@example.org", "dora@example.org")

    report = run()
    again = run()

    assert report == DrainReport(accepted=3)
    assert again == DrainReport()
    assert smtp_server.recipients() == ["ben@example.org", "cleo@example.org", "dora@example.org"]
    assert smtp_server.connections == 1
    assert {letter.state for letter in letters(engine)} == {OutboxState.ACCEPTED}


def test_a_letter_that_names_no_writer_gets_its_message_id_from_who_writes_it(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now)
    with Session(engine, info={"writes": True}) as session, session.begin():
        cleo = Address("cleo@own.example.net")
        post(session, kind="x", to=ADA, subject="x", text="x", now=now, sender=cleo)

    run()

    domains = [letter.message_id.partition("@")[2] for letter in letters(engine)]
    assert domains == [f"{ADA.email.partition('@')[2]}>", "own.example.net>"]
    for letter, received in zip(letters(engine), smtp_server.received, strict=True):
        assert f"Message-ID: {letter.message_id}".encode() in received.data


def test_a_drain_sends_no_more_than_its_limit(engine: Engine, run: Drain, now: datetime) -> None:
    write(engine, now, "ben@example.org", "cleo@example.org")

    assert run(limit=1) == DrainReport(accepted=1)


def test_a_letter_put_off_is_tried_again_later_with_the_same_message_id(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now)
    smtp_server.on("dot", "450 4.2.0 Greylisted", times=1)

    first, too_soon, later = run(), run(minutes=0.9), run(minutes=2)

    assert first == DrainReport(deferred=1)
    assert too_soon == DrainReport()
    assert later == DrainReport(accepted=1)
    (letter,) = letters(engine)
    assert smtp_server.received[0].message["Message-ID"] == letter.message_id
    assert letter.attempts == 2


def test_a_refused_letter_keeps_the_reason_and_the_others_leave(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now, "nobody@example.org", "ben@example.org")
    smtp_server.on("rcpt", "550 5.1.1 No such user", recipient="nobody@example.org")

    report = run()

    assert report == DrainReport(accepted=1, refused=1)
    assert letters(engine)[0].reply == "5.1.1 No such user"


def test_a_server_that_is_away_stops_the_drain_and_loses_nothing(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now, "ben@example.org", "cleo@example.org")
    smtp_server.on("connect", "421 4.3.2 Shutting down")

    away = run()
    smtp_server.behave()
    back = run(minutes=2)

    assert (away.accepted, away.deferred) == (0, 1)
    assert "421 4.3.2 Shutting down" in away.problem
    assert back == DrainReport(accepted=2)
    assert sorted(smtp_server.recipients()) == ["ben@example.org", "cleo@example.org"]


def test_a_letter_whose_reply_is_lost_each_time_makes_two_copies_and_is_given_up(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now)
    smtp_server.on("dot", KEEP_AND_HANG_UP)

    for minutes in range(0, 4000, 10):
        run(minutes=minutes)

    (letter,) = letters(engine)
    assert len(smtp_server.received) == 2
    assert len({one.data for one in smtp_server.received}) == 1
    assert (letter.state, letter.doubts) == (OutboxState.FAILED, 2)
    assert "may have arrived" in letter.reply


def test_a_letter_lost_with_two_senders_is_not_sent_a_third_time(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now)
    with transaction(engine) as writing:
        writing.execute(update(OutboxLetter).values(state=OutboxState.SENDING, doubts=1))

    report = run()

    assert report == DrainReport(failed=1)
    assert smtp_server.received == []


def test_a_letter_that_cannot_be_written_stops_itself_only(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now, "ben@example.org", "cleo@example.org")
    with transaction(engine) as writing:
        broken = update(OutboxLetter).where(OutboxLetter.recipient == "ben@example.org")
        writing.execute(broken.values(headers={"X-Broken": "a\nb"}))

    report = run()

    assert report == DrainReport(accepted=1, failed=1)
    assert "line break" in letters(engine)[0].reply


def test_no_transaction_is_open_while_the_server_answers(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now)
    smtp_server.on("dot", delay=1)
    draining = threading.Thread(target=run)

    draining.start()
    while "DATA" not in smtp_server.commands:
        threading.Event().wait(0.01)
    write(engine, now + timedelta(days=1), "cleo@example.org")
    is_still_answering = draining.is_alive()
    draining.join()

    assert is_still_answering
    assert [letter.state for letter in letters(engine)] == ["accepted", "queued"]


def test_a_drain_that_died_with_a_letter_in_hand_is_made_good_once(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    write(engine, now, "ben@example.org", "cleo@example.org")
    moments = iter([now])

    # The letter is claimed at the first moment; reading the second one, after the server took it,
    # raises StopIteration: nothing is written down any more.
    with pytest.raises(StopIteration):
        drain(engine, Relays([settings_of(smtp_server)]), sender=ADA, moment=moments.__next__)
    others = run(minutes=1)
    later = run(minutes=LEASE.total_seconds() / 60)

    assert others == DrainReport(accepted=1)
    assert later == DrainReport(accepted=1)
    assert smtp_server.recipients() == ["ben@example.org", "cleo@example.org", "ben@example.org"]


def test_no_more_is_claimed_than_was_asked_for_however_it_is_planned(
    engine: Engine, now: datetime
) -> None:
    write(engine, now, *(f"person{number}@example.org" for number in range(20)))
    # The plan PostgreSQL chose for itself now and then, as what it knew of the table changed.
    ways = ("hashjoin", "mergejoin", "material", "hashagg", "sort")
    with transaction(engine) as writing:
        for way in ways if engine.dialect.name == "postgresql" else ():
            writing.execute(text(f"SET LOCAL enable_{way} = off"))

        claimed = claim_due(writing, now=now, limit=3)

    assert len(claimed) == 3
    assert [letter.state for letter in letters(engine)].count(OutboxState.SENDING) == 3


def test_two_drains_at_once_send_each_letter_once(
    engine: Engine, run: Drain, smtp_server: RecordingSmtpServer, now: datetime
) -> None:
    recipients = [f"person{number}@example.org" for number in range(20)]
    write(engine, now, *recipients)
    drains = [threading.Thread(target=run) for _ in range(2)]

    for thread in drains:
        thread.start()
    for thread in drains:
        thread.join()

    assert sorted(smtp_server.recipients()) == sorted(recipients)


def test_a_server_nobody_knows_is_named(engine: Engine, now: datetime) -> None:
    write(engine, now)
    settings = SmtpSettings("127.0.0.1", 9, timeout=1)

    report = drain(engine, Relays([settings]), sender=ADA, moment=lambda: now)

    assert "OUTREACH_MAIL_SERVER" in report.problem
