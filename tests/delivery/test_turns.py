"""One worker and several mailings: none waits for the end of another one."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby

import pytest
from sqlalchemy import create_engine, select

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.finding_out import begin_alone, let_others
from outreach.delivery.models import Lease
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.pace import Pace
from outreach.mailings.models import Mailing
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer

PACED = SenderOptions(connections=2, pace=Pace(per_second=30))


@contextmanager
def _worker(kit: Kit, server: RecordingSmtpServer) -> Iterator[None]:
    """Let a worker do what is due, again and again, while the block runs."""
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            run_due(kit.app, stop=stop, options=PACED)
            stop.wait(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not until():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.delivery.turns.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("outreach.delivery.turns.TURN_SECONDS", 0.3)
    monkeypatch.setattr("outreach.delivery.worker.REPLAY_SECONDS", 0.1)


def test_mailings_leave_side_by_side_and_a_new_one_begins_at_once(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=100, subject="first")
    with _worker(kit, smtp_server):
        _wait(lambda: len(smtp_server.received) >= 5)
        kit.mailing(subject="second")
        _wait(lambda: len(smtp_server.received) == 200)

    subjects = [one.header("Subject") for one in smtp_server.received]
    turns = [subject for subject, _ in groupby(subjects)]
    assert turns[:3] == ["first", "second", "first"], "neither waits for the end of the other"
    copies = Counter((one.recipient, one.header("Message-ID")) for one in smtp_server.received)
    assert set(copies.values()) == {1}
    assert kit.doubted() == set()


def test_a_busy_worker_takes_up_what_a_lost_one_left_behind(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=120)
    with _worker(kit, smtp_server):
        _wait(lambda: len(smtp_server.received) >= 10)
        with kit.app.app_context(), transaction() as session:
            gone, ended = "lost/1", now() - timedelta(seconds=1)
            session.add(Lease(mailing_id=mailing_id, lo=900, hi=999, worker=gone, expires_at=ended))

        def is_taken_over() -> bool:
            with kit.app.app_context():
                found = db.session.scalar(select(Lease.lo).where(Lease.worker == gone))
                db.session.rollback()
                return found is None

        _wait(is_taken_over)
        sent = len(smtp_server.received)

    assert sent < 120, "not only when the mailing was through"


def test_a_worker_at_work_lets_another_one_judge_an_audience_without_stopping_for_it(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    is_shared = kit.uri.startswith("postgresql")  # on SQLite all may judge, and this one does
    kit.mailing(recipients=90)
    with _worker(kit, smtp_server):
        _wait(lambda: len(smtp_server.received) >= 5)
        other = create_engine(kit.uri)
        with other.connect() as judging:
            late = kit.mailing(subject="late", due_at=now() + timedelta(days=1))
            assert begin_alone(judging, late)
            with kit.app.app_context(), transaction() as session:
                session.get_one(Mailing, late).due_at = now()
            begun = smtp_server.connections
            _wait(lambda: len(smtp_server.received) >= 60)
            if is_shared:
                assert smtp_server.connections == begun, "it goes on over its connections"
            let_others(judging, late)
        other.dispose()
        _wait(lambda: len(smtp_server.received) == 180)
