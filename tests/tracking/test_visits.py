import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from outreach.tracking import visits
from outreach.tracking.visits import Visits

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_caller_silent_for_half_an_hour_begins_another_visit() -> None:
    ours = Visits()

    first = ours.visit_of("192.0.2.1", "Firefox", "a document", NOON)
    again = ours.visit_of("192.0.2.1", "Firefox", "a document", NOON + 30 * MINUTE)
    later = ours.visit_of("192.0.2.1", "Firefox", "a document", NOON + 61 * MINUTE)

    assert first == again
    assert later != first


def test_who_keeps_calling_keeps_the_visit() -> None:
    ours = Visits()

    told = {
        ours.visit_of("192.0.2.1", "Firefox", "a document", NOON + 7 * n * MINUTE)
        for n in range(60)
    }

    assert len(told) == len(ours) == 1


@pytest.mark.parametrize(
    "other",
    [
        ("192.0.2.2", "Firefox", "a document"),
        ("192.0.2.1", "Chrome", "a document"),
        ("192.0.2.1", "Firefox", "another"),
    ],
)
def test_another_address_agent_or_page_is_another_visit(other: tuple[str, str, str]) -> None:
    ours = Visits()

    assert ours.visit_of("192.0.2.1", "Firefox", "a document", NOON) != ours.visit_of(*other, NOON)


def test_a_new_day_forgets_all_callers() -> None:
    ours = Visits()

    late = ours.visit_of("192.0.2.1", "Firefox", "a document", NOON.replace(hour=23, minute=59))
    early = ours.visit_of("192.0.2.1", "Firefox", "a document", NOON + 12 * 60 * MINUTE)

    assert early != late
    assert len(ours) == 1


def test_beyond_the_most_those_silent_for_longest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visits, "MOST", 16)
    ours = Visits()

    first = [ours.visit_of("192.0.2.1", "Firefox", str(n), NOON) for n in range(16)]
    ours.visit_of("192.0.2.1", "Firefox", "0", NOON)
    ours.visit_of("192.0.2.1", "Firefox", "16", NOON)

    assert len(ours) <= 16
    assert ours.visit_of("192.0.2.1", "Firefox", "0", NOON) == first[0]
    assert ours.visit_of("192.0.2.1", "Firefox", "1", NOON) != first[1]


def test_half_an_hour_after_the_last_caller_no_mark_is_left_though_nobody_calls() -> None:
    ours = Visits(now=lambda: NOON + 31 * MINUTE, sweep_seconds=0.01)

    ours.visit_of("192.0.2.1", "Firefox", "a document", NOON)

    for _ in range(500):
        if not len(ours):
            break
        time.sleep(0.01)
    assert len(ours) == 0


def test_memory_does_not_grow_with_the_callers_there_ever_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visits, "MOST", 1000)
    ours = Visits()
    _call(ours, 0, 3000)

    tracemalloc.start()
    try:
        _call(ours, 3000, 6000)
        once = tracemalloc.get_traced_memory()[0]
        _call(ours, 6000, 20_000)
        grown = tracemalloc.get_traced_memory()[0] - once
    finally:
        tracemalloc.stop()

    assert len(ours) == 1000
    assert grown < 20_000


def _call(ours: Visits, begin: int, end: int) -> None:
    for number in range(begin, end):
        ours.visit_of("192.0.2.1", "Firefox", str(number), NOON)
