"""Kill -9 for real: nobody lost, nobody mailed twice beyond the letter in a connection's hand.

`make soak` runs the long version: 25 kills over 5,000 letters, with another seed each time.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from outreach.core import clock
from outreach.core.db import db, transaction
from outreach.delivery.deciding import choose_line
from outreach.delivery.models import Delivery, DeliveryState, Lease, MailingKey
from outreach.delivery.worker import REPLAY_SECONDS
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.subject_test import SubjectLine, SubjectTest
from outreach.stakeholders.models import Stakeholder
from tests.delivery.kit import Kit
from tests.delivery.test_subject_test import fan, trial
from tests.delivery.worker_process import OPTIONS, Child, Order, Zygote, zygote
from tests.mail.smtp_server import RecordingSmtpServer

IS_SOAK = bool(os.environ.get("SOAK"))
LETTERS, KILLS = (5_000, 25) if IS_SOAK else (1_200, 6)
SEED = random.SystemRandom().randrange(10**6) if IS_SOAK else 20260302


MOST_OPEN = 2_500
"""As the README says it: a full board, and a range more."""
LINES = SubjectTest(others=(SubjectLine(subject="Listen, {name|colleague}"),), share=50)


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
        found[letter.recipient].append(letter.header("Message-ID"))
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
    second_copies = len(smtp_server.received) - LETTERS
    database = kit.uri.partition(":")[0]
    figures = f"{database}: {KILLS} kills, {LETTERS} letters, {second_copies} second copies"
    print(figures)  # noqa: T201 - what a soak found
    assert set(received) == set(kit.recipients)
    assert second_copies <= OPTIONS.connections * KILLS
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


def _tried(kit: Kit, mailing_id: int) -> set[str]:
    """Return the addresses of those a line was tried on."""
    query = (
        select(Stakeholder.email)
        .join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
        .where(Delivery.mailing_id == mailing_id, Delivery.arm != "")
    )
    with kit.app.app_context():
        return set(db.session.scalars(query))


@pytest.mark.slow
def test_a_sender_killed_around_the_end_of_a_subject_test_gives_everybody_one_line_once(
    kit: Kit, workers: Zygote, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"seed {SEED}")  # noqa: T201 - shown when it fails
    monkeypatch.setattr("outreach.delivery.arms.LEAST_AN_ARM", 5)
    chance = random.Random(SEED)
    tried = waiting = LETTERS // 24 * 2
    mailing_id = trial(kit, recipients=tried + waiting, test=LINES)
    fan(kit, mailing_id, clock.now())
    kit.start(mailing_id)
    order = Order(mailing_id, kit.uri, str(kit.folder), smtp_server.port)

    for at in (chance.randrange(1, tried), tried):
        child = workers.start(order)
        _wait_until_received(smtp_server, at, child)
        child.send(signal.SIGKILL).wait()
    before_it_was_chosen = set(smtp_server.recipients())
    child = workers.start(order)
    with kit.app.app_context(), transaction() as session:
        choose_line(
            session, session.get_one(Mailing, mailing_id), "B", actor="Ada", now=clock.now()
        )
    for share in sorted(chance.random() for _ in range(KILLS // 3)):
        _wait_until_received(smtp_server, tried + int(share * waiting), child)
        child.send(signal.SIGKILL).wait()
        child = workers.start(order)
    child.wait(40)

    ids, said = _message_ids(smtp_server), defaultdict(set)
    for letter in smtp_server.received:
        said[letter.recipient].add(letter.header("Subject"))
    assert before_it_was_chosen <= _tried(kit, mailing_id)
    assert set(ids) == set(kit.recipients)
    assert all(len(set(each)) == 1 for each in ids.values())
    assert all(len(each) == 1 for each in said.values())
    assert Counter(len(each) > 1 for each in ids.values())[True] <= 4 * (2 + KILLS // 3)
    arms = Counter((one.arm, one.state) for one in kit.deliveries(mailing_id))
    assert arms == {
        ("A", DeliveryState.ACCEPTED): tried // 2,
        ("B", DeliveryState.ACCEPTED): tried // 2,
        ("", DeliveryState.ACCEPTED): waiting,
    }
    own = sum("Cities" in next(iter(each)) for each in said.values())
    assert own == tried // 2  # the rest got the line that was chosen
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT
        assert db.session.scalars(select(Lease)).all() == []


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


def test_a_host_lost_for_good_is_replaced_once_its_leases_have_ended(
    kit: Kit, order: Order, workers: Zygote, smtp_server: RecordingSmtpServer
) -> None:
    if kit.uri.startswith("sqlite"):
        return  # SQLite has one host
    other = kit.folder / "other"
    other.mkdir()
    shutil.copy(kit.folder / "keys.json", other)
    lost = workers.start(replace(order, lease_seconds=2))
    _wait_until_received(smtp_server, 100, lost)
    lost.send(signal.SIGKILL).wait()
    shutil.rmtree(kit.folder / "worker")

    seconds = workers.start(replace(order, folder=str(other))).wait(60)

    copies = Counter(smtp_server.recipients())
    assert set(copies) == set(kit.recipients)
    assert {who for who, count in copies.items() if count > 1} <= kit.doubted()
    assert max(copies.values()) <= 2
    assert copies.total() - LETTERS <= MOST_OPEN, "what a worker may leave unsettled"
    assert seconds < 2 + REPLAY_SECONDS + 20, "the last figure is for the sending itself"


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


def test_processes_keep_the_pace_together_also_while_some_are_killed_and_started_anew(
    kit: Kit, workers: Zygote, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id, limit = kit.mailing(recipients=1_600), 40
    order = Order(mailing_id, kit.uri, str(kit.folder), smtp_server.port, per_second=limit)

    children = [workers.start(order) for _ in range(3)]
    until = time.monotonic() + 20
    while smtp_server.connections <= OPTIONS.connections:
        assert time.monotonic() < until, "only one of them sends"
        time.sleep(0.01)
    begun, before = time.monotonic(), len(smtp_server.received)
    for _ in range(3):
        time.sleep(1)
        children.append(workers.start(order))
        children.pop(0).send(signal.SIGKILL).wait()
    sent, seconds = len(smtp_server.received) - before, time.monotonic() - begun
    for child in children:
        child.send(signal.SIGTERM).wait()

    assert 0 < sent <= limit * (seconds + 1), "no more than one worker might"
