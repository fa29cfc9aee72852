"""Kill -9 for real: nobody lost, nobody mailed twice beyond the letter in a connection's hand."""

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

LETTERS = 1_200
KILLS = 6
SEED = 20260302


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
