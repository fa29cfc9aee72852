"""Several mail servers: one that fails is passed over, and the letter in hand is not doubled."""

import threading
import time
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.mail_settings import MailServer
from outreach.core.state import state
from outreach.delivery.contributes import CONTRIBUTION
from outreach.delivery.heeding import QUIET
from outreach.delivery.judging import Retries
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.letter import Address
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mail.outbox import post
from outreach.mail.pace import Pace
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.trail_models import MailingLog
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer

FAST = SenderOptions(connections=2, retries=Retries(scale=0.0001))


def _send_by(kit: Kit, first: RecordingSmtpServer, second: RecordingSmtpServer) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(
        update={
            "catcher": False,
            "mail_server": "127.0.0.1",
            "mail_port": first.port,
            "mail_username": "ada",
            "mail_password": "wrong",
            "mail_default_sender": "news@example.org",
            "mail_more": {2: MailServer(server="127.0.0.1", port=second.port)},
        }
    )


def _work(kit: Kit, rounds: int = 1) -> None:
    for _ in range(rounds):
        kit.app.extensions[QUIET] = {}  # as if the pause were over
        run_due(kit.app, stop=threading.Event(), options=FAST)


def test_a_server_that_refuses_to_sign_us_in_is_passed_over_by_mailings_and_single_letters(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=20)
    with RecordingSmtpServer(users={"ada": "right"}) as first:
        _send_by(kit, first, smtp_server)
        with kit.app.app_context(), transaction() as session:
            post(session, kind="x", to=Address("ben@x.example"), subject="x", text="x", now=now())

        _work(kit)
        with kit.app.app_context():
            next(tick for tick in CONTRIBUTION.ticks if tick.name == "mail.outbox").run(kit.app)

    assert first.received == []
    assert Counter(smtp_server.recipients()) == Counter([*kit.recipients, "ben@x.example"])
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT
        said = db.session.scalars(select(MailingLog).where(MailingLog.detail.contains("535"))).one()
        assert said.verb == "took another mail server for"
        letter = db.session.scalars(select(OutboxLetter)).one()
        assert (letter.state, letter.attempts) == (OutboxState.ACCEPTED, 1)


def test_the_log_says_that_another_server_is_used_while_it_still_sends(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=12)
    for email in kit.recipients[6:]:
        smtp_server.on("dot", recipient=email, delay=1.5)
    with RecordingSmtpServer(users={"ada": "right"}) as first:
        _send_by(kit, first, smtp_server)
        working = threading.Thread(target=_work, args=(kit,))
        working.start()
        said = None
        while said is None and working.is_alive():
            with kit.app.app_context():
                query = select(MailingLog.detail).where(MailingLog.mailing_id == mailing_id)
                said = db.session.scalar(query.where(MailingLog.detail.contains("535")))
            time.sleep(0.02)
        sent = len(smtp_server.received)
        working.join(60)

    assert said is not None
    assert sent < 12
    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)


def test_a_server_that_dies_on_the_way_leaves_the_rest_to_the_next_one(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=60)
    with RecordingSmtpServer(users={"ada": "wrong"}) as first:
        first.on("rcpt", times=15)
        first.on("rcpt", "421 4.3.2 Shutting down")
        first.on("connect", times=2)
        first.on("connect", "421 4.3.2 Shutting down")
        _send_by(kit, first, smtp_server)

        _work(kit, rounds=3)

    assert len(first.received) == 15
    assert Counter([*first.recipients(), *smtp_server.recipients()]) == Counter(kit.recipients)
    assert kit.doubted() == set()
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT


def test_letters_return_to_the_first_server_once_it_is_well_again(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.mail.relays.PAUSES", (0.1,))
    monkeypatch.setattr("outreach.mail.returning.LOOK_SECONDS", 0.05)
    mailing_id = kit.mailing(recipients=100)
    smtp_server.on("mail", delay=0.02)  # slow enough for the first to come back meanwhile
    with RecordingSmtpServer(users={"ada": "wrong"}) as first:
        first.on("connect", "421 4.3.2 Restarting", times=4)
        _send_by(kit, first, smtp_server)

        _work(kit, rounds=2)

    assert first.connections > 4
    assert len(smtp_server.received) > 0
    assert len(first.received) > 0
    assert Counter([*first.recipients(), *smtp_server.recipients()]) == Counter(kit.recipients)
    assert kit.doubted() == set()
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT


def test_a_first_server_that_stays_away_is_looked_at_and_keeps_nobody_waiting(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.mail.relays.PAUSES", (0.1,))
    monkeypatch.setattr("outreach.mail.returning.LOOK_SECONDS", 0.05)
    kit.mailing(recipients=60)
    smtp_server.on("mail", delay=0.02)
    with RecordingSmtpServer(users={"ada": "right"}) as first:
        _send_by(kit, first, smtp_server)

        _work(kit)

    assert first.connections > 1, "it was looked at again"
    assert Counter(smtp_server.recipients()) == Counter(kit.recipients), "by one run"


def test_only_when_no_server_signs_us_in_the_mailing_pauses(kit: Kit) -> None:
    mailing_id = kit.mailing(recipients=3)
    with RecordingSmtpServer(users={"ada": "right"}) as first:
        _send_by(kit, first, first)
        here = state(kit.app)
        more = {2: MailServer(server="127.0.0.1", port=first.port, username="b", password="wrong")}
        here.settings = here.settings.model_copy(update={"mail_more": more})
        _work(kit)

    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert "did not let" in mailing.state_reason


def test_letters_from_an_address_keep_its_own_pace(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=12)
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": smtp_server.port})
    pace = Pace(per_sender={"smarturbi.example.org": 20, "other.example": 0.001})

    before = now()
    run_due(kit.app, stop=threading.Event(), options=replace(FAST, pace=pace))

    assert len(smtp_server.received) == 12
    assert (now() - before).total_seconds() > 0.4
