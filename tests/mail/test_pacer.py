"""Workers that share one account of permits keep every limit together."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from outreach.core.db import db, transaction
from outreach.mail import permits
from outreach.mail.models import MailPace
from outreach.mail.pace import Pace
from outreach.mail.pacer import Pacer, Slots


class Account:
    """What workers share, with a clock that a test moves on."""

    def __init__(self) -> None:
        self.free_at: dict[str, float] = {}

    def serve(self, pacer: Pacer, moment: float) -> None:
        for want in pacer.wants():
            begins = max(self.free_at.get(want.name, 0.0), moment)
            self.free_at[want.name] = begins + want.seconds
            pacer.grant(want, begins)


def _sent(
    pacers: list[Pacer], seconds: float, *, to: str = "a.example", begin: float = 1_000.0
) -> list[float]:
    """Let workers send as fast as they may, in steps of 10 ms; returns when each letter left."""
    account, left = Account(), []
    for step in range(int(seconds * 100)):
        moment = begin + step / 100
        for pacer in pacers:
            if pacer.is_open(moment) and pacer.is_open_to(to, moment):
                pacer.took(to)
                left.append(moment)
            account.serve(pacer, moment)
    return left


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_together_send_as_many_letters_as_one_may(workers: int) -> None:
    left = _sent([Pacer(Pace(per_second=10)) for _ in range(workers)], 30)

    assert 290 <= len(left) <= 301
    for begin in range(29):
        within = [one for one in left if 1_000 + begin <= one < 1_001 + begin]
        assert len(within) <= 12, "nor more at once"


def test_a_few_letters_an_hour_are_as_few_with_many_workers_that_are_started_anew() -> None:
    account, left, pacers = Account(), 0, list[Pacer]()
    for second in range(3_600):
        if second % 300 == 0:
            pacers = [Pacer(Pace(per_second=60 / 3_600)) for _ in range(3)]
        for pacer in pacers:
            if pacer.is_open(second):
                pacer.took("a.example")
                left += 1
            account.serve(pacer, second)

    assert 20 <= left <= 60


def test_permits_are_not_saved_up_while_nothing_leaves() -> None:
    pacer, account = Pacer(Pace(per_second=10)), Account()
    pacer.is_open(1_000.0)
    account.serve(pacer, 1_000.0)

    assert pacer.is_open(1_000.0)
    assert not pacer.is_open(1_005.0), "those of five seconds ago are gone"
    account.serve(pacer, 1_005.0)
    pacer.took("a.example") if pacer.is_open(1_005.0) else pytest.fail("new ones are there")
    assert not pacer.is_open(1_005.01)


def test_a_domain_s_own_pace_holds_nobody_else_back() -> None:
    pacer, account = Pacer(Pace(per_domain={"slow.example": 1})), Account()

    assert pacer.is_open(1_000.0)
    assert pacer.is_open_to("a.example", 1_000.0)
    assert pacer.wants() == [], "nobody writes to it"
    assert not pacer.is_open_to("slow.example", 1_000.0)
    account.serve(pacer, 1_000.0)
    assert pacer.is_open_to("slow.example", 1_000.0)
    pacer.took("slow.example")
    pacer.is_open_to("slow.example", 1_000.1)
    account.serve(pacer, 1_000.1)
    assert not pacer.is_open_to("slow.example", 1_000.9)
    assert pacer.is_open_to("slow.example", 1_001.0)
    assert _sent([Pacer(Pace(per_second=50, per_domain={"slow.example": 2}))] * 2, 10) != []
    assert len(_sent([Pacer(Pace(per_domain={"b.example": 2}))] * 2, 10, to="b.example")) <= 21


def test_permits_outlive_a_run_and_a_sender_s_own_pace_is_beside_everybody_s() -> None:
    pace = Pace(per_second=1, per_sender={"ada@slow.example": 0.1})
    slow, other = pace.of_sender("ada@slow.example"), pace.of_sender("ben@quick.example")
    slots: Slots = {}
    account = Account()
    first = Pacer(slow, slots)
    first.is_open(1_000.0)
    account.serve(first, 1_000.0)
    assert first.is_open(1_000.0)
    first.took("far.example")

    for moment, pacer, is_open in (
        (1_000.5, Pacer(other, slots), False),
        (1_001.0, Pacer(other, slots), True),
        (1_009.0, Pacer(slow, slots), False),
        (1_010.0, Pacer(slow, slots), True),
    ):
        pacer.is_open(moment)
        account.serve(pacer, moment)
        assert pacer.is_open(moment) is is_open, moment


def test_without_a_limit_nothing_is_ever_asked_for() -> None:
    pacer = Pacer(Pace())

    assert pacer.is_free
    assert pacer.is_open(1.0)
    assert pacer.wants() == []


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    with app.app_context():
        yield db.engine


def test_permits_taken_by_many_at_once_follow_each_other(engine: Engine) -> None:
    begins: list[float] = []

    def take() -> None:
        for _ in range(5):
            with transaction(engine) as writing:
                waits = permits.take(writing, "relay.example:25 *", 100.0)
            begins.append(time.monotonic() + waits)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)

    ordered = sorted(begins)
    assert len(ordered) == 20
    assert all(90.0 <= later - earlier <= 110.0 for earlier, later in pairwise(ordered))


def test_a_clock_gone_wrong_does_not_stop_sending_for_good(engine: Engine) -> None:
    with transaction(engine) as writing:
        permits.take(writing, "a *", 1.0)
        writing.execute(MailPace.__table__.update().values(free_at=time.time() + 86_400))  # type: ignore[attr-defined]  # a Table, though typed as FromClause
        waits = permits.take(writing, "a *", 1.0)
        later = writing.scalar(select(MailPace.free_at))

    assert waits < 1.0
    assert later is not None
    assert later < time.time() + 60
