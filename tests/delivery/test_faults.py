"""Databases locked or cut, full disks, servers that are busy: nobody lost, nobody doubled."""

import errno
import importlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time as clock
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, select, text

from outreach.core import db as database
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.heeding import QUIET
from outreach.delivery.judging import Retries
from outreach.delivery.leases import SIZE
from outreach.delivery.logbook import Logbook, Mark
from outreach.delivery.models import Delivery, DeliveryState, Lease
from outreach.delivery.sender import MOST_LAID_OUT, SenderOptions
from outreach.delivery.worker import REPLAY_SECONDS, REPLAYED, run_due
from outreach.mail.models import OutboxLetter
from outreach.mail.pace import Pace, QuietHours
from outreach.mailings import schedule
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.consents import leave_list, withdraw_invitations
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentState,
    Purpose,
    Stakeholder,
    Suppression,
    SuppressionReason,
)
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.mail.smtp_server import HANG_UP, RecordingSmtpServer

FAST = SenderOptions(connections=2, retries=Retries(scale=0.0001))


def _point_at(kit: Kit, port: int) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": port})


def _work(kit: Kit, server: RecordingSmtpServer, rounds: int = 1) -> None:
    _point_at(kit, server.port)
    for _ in range(rounds):
        kit.app.extensions[QUIET] = {}  # as if the pause were over
        run_due(kit.app, stop=threading.Event(), options=FAST)


def _work_until_sent(kit: Kit, server: RecordingSmtpServer, mailing_id: int) -> None:
    """Work again and again, as the worker does; a letter put off often waits a little longer."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        _work(kit, server)
        with kit.app.app_context():
            if db.session.get_one(Mailing, mailing_id).state is MailingState.SENT:
                return
        time.sleep(0.02)
    raise AssertionError("it does not end")


@contextmanager
def _working(kit: Kit, server: RecordingSmtpServer, rounds: int = 1) -> Iterator[None]:
    thread = threading.Thread(target=_work, args=(kit, server, rounds))
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
        assert not thread.is_alive()


def _wait_for(server: RecordingSmtpServer, letters: int) -> None:
    until = time.monotonic() + 20
    while len(server.received) < letters:
        assert time.monotonic() < until, "nothing is sent"
        time.sleep(0.002)


def _assert_everybody_got_one(kit: Kit, server: RecordingSmtpServer, mailing_id: int) -> None:
    assert Counter(server.recipients()) == Counter(kit.recipients)
    assert kit.doubted() == set()
    with kit.app.app_context():
        assert set(db.session.scalars(select(Delivery.state))) == {DeliveryState.ACCEPTED}
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT
        assert db.session.scalars(select(Lease)).all() == []


def test_a_database_that_is_locked_for_a_while_costs_nothing_but_time(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr("outreach.delivery.board.FRESH_SECONDS", 0.5)
    mailing_id = kit.mailing(recipients=700)
    kit.deliveries_made(mailing_id)
    with kit.app.app_context():
        db.engine.dispose()
    smtp_server.on("dot", delay=0.002)

    with _working(kit, smtp_server):
        _wait_for(smtp_server, 50)
        other = create_engine(kit.uri)
        is_sqlite = kit.uri.startswith("sqlite")
        with transaction(other) as holding:
            holding.execute(text("SELECT 1" if is_sqlite else "LOCK TABLE delivery"))
            time.sleep(1.0)
        other.dispose()

    _assert_everybody_got_one(kit, smtp_server, mailing_id)


def test_a_database_that_cuts_every_connection_costs_nothing_but_time(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    if kit.uri.startswith("sqlite"):
        return  # nothing to cut: it is a file
    mailing_id = kit.mailing(recipients=900)
    kit.deliveries_made(mailing_id)
    smtp_server.on("dot", delay=0.001)

    with _working(kit, smtp_server):
        other = create_engine(kit.uri)
        for letters in (50, 300, 600):
            _wait_for(smtp_server, letters)
            with other.connect() as cutting:
                cutting.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        other.dispose()

    _assert_everybody_got_one(kit, smtp_server, mailing_id)


@pytest.mark.parametrize("failing", [Mark.IN_HAND, Mark.ACCEPTED])
def test_a_full_disk_pauses_with_a_reason_and_resuming_loses_and_doubles_nobody(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch, failing: Mark
) -> None:
    mailing_id = kit.mailing(recipients=60)
    written, really_write = [0], Logbook.write

    def write(book: Logbook, mailing: int, number: int, mark: Mark, *following: int) -> None:
        marks = {mark, Mark.IN_HAND} if following else {mark}
        written[0] += failing in marks
        if failing in marks and written[0] > 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        really_write(book, mailing, number, mark, *following)

    monkeypatch.setattr(Logbook, "write", write)
    _work(kit, smtp_server)
    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert "No space left" in mailing.state_reason

    monkeypatch.setattr(Logbook, "write", really_write)
    with kit.app.app_context(), transaction() as session:
        schedule.resume(session, session.get_one(Mailing, mailing_id), actor="Ada", now=now())
    _work(kit, smtp_server)

    _assert_everybody_got_one(kit, smtp_server, mailing_id)


@pytest.mark.parametrize(
    ("stage", "reply"),
    [("connect", "421 4.3.2 Later"), ("connect", HANG_UP), ("mail", "421 4.7.0 Slow down"),
     ("rcpt", "450 4.2.1 Later"), ("mail", HANG_UP), ("rcpt", HANG_UP), ("data", HANG_UP),
     ("dot", "451 4.3.0 Later"), ("dot", "421 4.3.2 Shutting down")],
)  # fmt: skip
def test_a_server_that_says_later_gets_every_letter_later_and_once(
    kit: Kit, smtp_server: RecordingSmtpServer, stage: str, reply: str
) -> None:
    mailing_id = kit.mailing(recipients=12)
    smtp_server.on(stage, reply, times=7)

    _work_until_sent(kit, smtp_server, mailing_id)

    _assert_everybody_got_one(kit, smtp_server, mailing_id)
    with kit.app.app_context():
        assert db.session.scalars(select(Suppression)).all() == []
        assert db.session.get_one(Mailing, mailing_id).state_reason == ""


def test_a_server_that_takes_few_connections_gets_all_letters_over_those(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=40)
    smtp_server.on("connect", "421 4.7.0 Too many connections", connection=2)

    _work(kit, smtp_server)

    _assert_everybody_got_one(kit, smtp_server, mailing_id)


def test_only_addresses_that_do_not_exist_are_put_on_the_do_not_mail_list(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=40)
    unknown, full, blocked = kit.recipients[:4], kit.recipients[4:8], kit.recipients[8:12]
    for people, reply in (
        (unknown, "550 5.1.1 No such user"),
        (full, "552 5.2.2 Mailbox full"),
        (blocked, "554 5.7.1 Looks like spam"),
    ):
        for email in people:
            smtp_server.on("rcpt", reply, recipient=email)

    _work(kit, smtp_server)

    with kit.app.app_context():
        lines = db.session.scalars(select(Suppression)).all()
        assert {line.fingerprint for line in lines} == set(kit.fingerprints(unknown))
        assert {line.reason for line in lines} == {SuppressionReason.BOUNCED}
        assert all("5.1.1" in line.evidence and "@" not in line.evidence for line in lines)
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT


def test_a_server_that_refuses_nearly_all_as_unwanted_pauses_the_mailing_and_tells(
    kit: Kit, smtp_server: RecordingSmtpServer, cast: Cast
) -> None:
    assert cast.ada
    mailing_id = kit.mailing(recipients=200)
    smtp_server.on("rcpt", "554 5.7.1 Blocked", delay=0.005)

    _work(kit, smtp_server)

    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert "refused as unwanted" in mailing.state_reason
        told = db.session.scalars(select(OutboxLetter)).one()
        assert told.recipient == "dora@example.org"
        assert mailing.state_reason in told.text
        assert db.session.scalars(select(Suppression)).all() == []


def _await_a_command(server: RecordingSmtpServer) -> None:
    until = time.monotonic() + 20
    while not server.commands and time.monotonic() < until:
        time.sleep(0.005)


def test_whoever_leaves_while_letters_wait_in_memory_gets_none(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=30)
    leaver = kit.deliveries_made(mailing_id)[-1]
    smtp_server.on("dot", delay=1.0, times=2)

    with _working(kit, smtp_server):
        _await_a_command(smtp_server)
        with kit.app.app_context(), transaction() as session:
            leave_list(session, leaver, kit.list_id, now=now(), actor="the person")

    assert len(smtp_server.received) == 29
    assert kit.recipients[-1] not in smtp_server.recipients()


@pytest.mark.parametrize("invites", [True, False])
def test_whoever_wants_no_more_invitations_gets_none_that_waits_but_other_letters(
    kit: Kit, smtp_server: RecordingSmtpServer, *, invites: bool
) -> None:
    mailing_id = kit.mailing(recipients=30)
    with kit.app.app_context(), transaction() as session:
        agreed = {"list_id": kit.list_id, "purpose": Purpose.EVENT_INVITATION, "since": now()}
        agreed |= {"state": ConsentState.ACTIVE, "basis": Basis.CONSENT}
        ids = session.scalars(select(Stakeholder.id)).all()
        session.execute(insert(Consent), [{**agreed, "stakeholder_id": id_} for id_ in ids])
        mailing = session.get_one(Mailing, mailing_id)
        mailing.audience = {**mailing.audience, "is_invitation": invites}
    guest = kit.deliveries_made(mailing_id)[-1]
    smtp_server.on("dot", delay=1.0, times=2)

    with _working(kit, smtp_server):
        _await_a_command(smtp_server)
        with kit.app.app_context(), transaction() as session:
            withdraw_invitations(session, guest, kit.list_id, now=now(), actor="the person")

    everybody = set(kit.recipients)
    last = {kit.recipients[-1]} if invites else set()
    assert set(smtp_server.recipients()) == everybody - last


def test_the_letters_of_a_host_that_is_gone_are_in_doubt_and_sent_by_another(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=10)
    kit.deliveries_made(mailing_id)
    lease: dict[str, Any] = {"mailing_id": mailing_id, "lo": 1, "hi": 4, "worker": "gone/worker-1"}
    with kit.app.app_context(), transaction() as session:
        session.execute(insert(Lease).values(expires_at=now() + timedelta(hours=1), **lease))
    _work(kit, smtp_server)
    assert len(smtp_server.received) == 6

    with kit.app.app_context(), transaction() as session:
        session.get_one(Lease, (mailing_id, 1)).expires_at = now() - timedelta(seconds=1)
    kit.app.extensions.pop(REPLAYED)
    _work(kit, smtp_server)

    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)
    assert kit.doubted() == set(kit.recipients[:4])
    # The bound that the README states: when it is taken over, and how many letters at most.
    assert SenderOptions().lease_time + timedelta(seconds=REPLAY_SECONDS) <= timedelta(seconds=65)
    assert MOST_LAID_OUT + SIZE <= 2_500


def test_an_unexpected_failure_pauses_and_names_what_was_in_hand(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = kit.mailing(recipients=5)

    def fail(*_: object) -> None:
        raise RuntimeError("as no code should")

    monkeypatch.setattr("outreach.mail.transport.read_outcome", fail)
    _work(kit, smtp_server)

    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.PAUSED
    assert set(smtp_server.recipients()) == kit.doubted()


def test_a_slow_domain_keeps_nobody_else_waiting(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=30)
    slow = kit.recipients[:5]
    with kit.app.app_context(), transaction() as session:
        for number, email in enumerate(slow):
            person = session.scalars(select(Stakeholder).where(Stakeholder.email == email)).one()
            person.email = f"slow{number}@slow.example"
    _point_at(kit, smtp_server.port)

    run_due(
        kit.app,
        stop=threading.Event(),
        options=replace(FAST, pace=Pace(per_second=500, per_domain={"slow.example": 20})),
    )

    names = smtp_server.recipients()
    assert len(names) == 30
    assert [name for name in names[-3:] if name.endswith("slow.example")]
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT


def test_in_quiet_hours_nothing_leaves_and_the_page_says_when_it_goes_on(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=3)
    _point_at(kit, smtp_server.port)
    hour = now().hour
    quiet = QuietHours(clock(hour), clock((hour + 2) % 24), "UTC")

    run_due(kit.app, stop=threading.Event(), options=replace(FAST, pace=Pace(quiet=quiet)))

    assert smtp_server.received == []
    with kit.app.app_context():
        assert "Quiet hours" in db.session.get_one(Mailing, mailing_id).state_reason
    _work(kit, smtp_server)
    _assert_everybody_got_one(kit, smtp_server, mailing_id)


def test_a_server_that_wants_pauses_is_not_left_alone_for_longer_and_longer(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=8)
    smtp_server.on("rcpt", times=1)
    smtp_server.on("rcpt", "421 4.7.0 Slow down", times=1)
    smtp_server.on("rcpt", times=1)
    smtp_server.on("rcpt", "421 4.7.0 Slow down", times=1)
    _point_at(kit, smtp_server.port)
    one_hand = replace(FAST, connections=1)
    quiet = kit.app.extensions.setdefault(QUIET, {})

    waits = []
    for _ in range(2):
        quiet.update(dict.fromkeys(quiet, (quiet[1][0], now())) if quiet else {})
        run_due(kit.app, stop=threading.Event(), options=one_hand)
        waits.append(quiet[1][0])

    assert waits == [1, 1]


@pytest.mark.parametrize("step", ["beginning.judge", "running.thaw"])
def test_a_mailing_that_cannot_be_sent_is_paused_and_keeps_no_other_waiting(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    broken, sound = kit.mailing(recipients=3), kit.mailing()
    module, name = step.split(".")
    really = getattr(importlib.import_module(f"outreach.delivery.{module}"), name)

    def fail_once(*arguments: Any, **named: Any) -> Any:
        its_own = getattr(arguments[0], "mailing_id", None)
        if broken in (its_own, *arguments, *named.values()):
            raise RuntimeError("as no code should")
        return really(*arguments, **named)

    monkeypatch.setattr(f"outreach.delivery.{step}", fail_once)
    _work(kit, smtp_server)

    with kit.app.app_context():
        assert db.session.get_one(Mailing, broken).state is MailingState.PAUSED
        assert "log says why" in db.session.get_one(Mailing, broken).state_reason
        assert db.session.get_one(Mailing, sound).state is MailingState.SENT
    assert len(smtp_server.received) == 3


def test_a_missing_key_for_signing_pauses_and_says_which_command_makes_it(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=2)
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"dkim": True})

    _work(kit, smtp_server)

    assert smtp_server.received == []
    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert "outreach dkim make" in mailing.state_reason


def test_a_server_that_wants_tls_before_any_letter_costs_no_letter(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=30)
    smtp_server.on("mail", "530 5.7.0 Must issue a STARTTLS command first")

    _work(kit, smtp_server)

    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert "Must issue a STARTTLS command first" in mailing.state_reason
        assert "OUTREACH_MAIL_USE_TLS" in mailing.state_reason
    assert {one.state for one in kit.deliveries(mailing_id)} == {DeliveryState.QUEUED}

    smtp_server.behave()
    with kit.app.app_context(), transaction() as session:
        schedule.resume(session, session.get_one(Mailing, mailing_id), actor="Ada", now=now())
    _work(kit, smtp_server)
    _assert_everybody_got_one(kit, smtp_server, mailing_id)
