"""Kill -9 for real: nobody lost, nobody mailed twice beyond the letter in a connection's hand.

`make soak` runs the long version: 25 kills over 5,000 letters, with another seed each time.
"""

import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from outreach.core.db import db
from outreach.delivery.models import Delivery, DeliveryState, Lease, MailingKey
from outreach.mailings.models import Mailing, MailingState
from tests.delivery.kit import Kit
from tests.delivery.worker_process import OPTIONS, Child, Order, Zygote, zygote
from tests.mail.smtp_server import RecordingSmtpServer

IS_SOAK = bool(os.environ.get("SOAK"))
LETTERS, KILLS = (5_000, 25) if IS_SOAK else (1_200, 6)
SEED = random.SystemRandom().randrange(10**6) if IS_SOAK else 20260302


@pytest.fixture(scope="module")
def workers() -> Iterator[Zygote]:
    with zygote() as started:
        yield started


@pytest.fixture
def order(kit: Kit, smtp_server: RecordingSmtpServer) -> Order:
    mailing_id = kit.mailing(recipients=LETTERS)
    return Order(mailing_id, kit.uri, str(kit.folder), smtp_server.port)


def _wait_until_received(server: RecordingSmtpServer, number: int, child: Child) -> None:
    until = time.monotonic() + 20
    while len(server.received) < number and child.is_alive():
        assert time.monotonic() < until, "the worker does not send"
        time.sleep(0.001)


def _message_ids(server: RecordingSmtpServer) -> dict[str, list[str]]:
    found = defaultdict(list)
    for letter in server.received:
        found[letter.recipient].append(letter.message["Message-ID"])
    return found


@pytest.mark.slow
def test_a_sender_killed_again_and_again_loses_nobody_and_repeats_what_was_in_its_hands(
    kit: Kit, order: Order, workers: Zygote, smtp_server: RecordingSmtpServer
) -> None:
    print(f"seed {SEED}")  # noqa: T201 - shown when it fails
    chance = random.Random(SEED)

    for _ in range(KILLS):
        child = workers.start(order)
        _wait_until_received(
            smtp_server, len(smtp_server.received) + chance.randint(1, LETTERS // KILLS // 2), child
        )
        time.sleep(chance.random() * 0.02)
        child.send(signal.SIGKILL).wait()
    workers.start(order).wait(40)

    received = _message_ids(smtp_server)
    doubled = {recipient for recipient, ids in received.items() if len(ids) > 1}
    assert set(received) == set(kit.recipients)
    assert len(smtp_server.received) - LETTERS <= OPTIONS.connections * KILLS
    assert all(len(set(ids)) == 1 for ids in received.values())
    with kit.app.app_context():
        states = dict(
            db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
        )
        assert states == {DeliveryState.ACCEPTED: LETTERS}
        assert doubled <= kit.doubted()
        assert db.session.get_one(Mailing, order.mailing_id).state is MailingState.SENT
        assert db.session.scalars(select(Lease)).all() == []
        assert db.session.scalars(select(MailingKey)).all() == []


def test_sigterm_stops_soon_and_neither_loses_nor_doubles_a_letter(
    kit: Kit, order: Order, workers: Zygote, smtp_server: RecordingSmtpServer
) -> None:
    child = workers.start(order)
    _wait_until_received(smtp_server, 100, child)

    seconds = child.send(signal.SIGTERM).wait()
    sent_before = len(smtp_server.received)
    workers.start(order).wait()

    assert seconds < 10
    assert 100 <= sent_before < LETTERS
    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)
    assert kit.doubted() == set()


def test_sigterm_does_not_wait_for_a_server_that_never_answers(
    kit: Kit, order: Order, workers: Zygote, smtp_server: RecordingSmtpServer
) -> None:
    smtp_server.on("dot", delay=30, times=1)
    child = workers.start(order)
    _wait_until_received(smtp_server, 100, child)

    seconds = child.send(signal.SIGTERM).wait()

    assert seconds < 10
    assert len(kit.doubted()) == 1


def test_four_processes_share_one_mailing_and_nobody_gets_it_twice(
    kit: Kit, workers: Zygote, smtp_server: RecordingSmtpServer
) -> None:
    order = Order(kit.mailing(recipients=2_100), kit.uri, str(kit.folder), smtp_server.port)

    children = [workers.start(order) for _ in range(4)]
    for child in children:
        child.wait(40)

    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)
    assert len({letter.connection for letter in smtp_server.received}) > OPTIONS.connections
    assert kit.doubted() == set()
