"""The rate a mailing's progress tells, without counting its letters."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from outreach.core.db import db, transaction
from outreach.delivery.judging import Result
from outreach.delivery.models import AcceptedLately, DeliveryState, Dispatch
from outreach.delivery.queries import progress
from outreach.delivery.remaining import remaining
from outreach.delivery.settling import settle
from tests.delivery.kit import Kit
from tests.statements import counted_statements

BEGUN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEN_EACH = {0: range(1, 11), 25: range(11, 21), 50: range(21, 31)}
"""Seconds after the beginning, and which letters were accepted then."""


def _settle(kit: Kit, mailing_id: int, seconds: float, numbers: range) -> None:
    results = [Result(number, DeliveryState.ACCEPTED, 250, "Ok") for number in numbers]
    with kit.app.app_context(), transaction(db.engine) as writing:
        settle(writing, mailing_id, results, now=BEGUN + timedelta(seconds=seconds))


def _per_minute(kit: Kit, mailing_id: int, seconds: float) -> int:
    with kit.app.app_context():
        found = progress(db.session(), mailing_id, now=BEGUN + timedelta(seconds=seconds))
    assert found is not None
    return found.per_minute


@pytest.fixture
def mailing_id(kit: Kit) -> int:
    made = kit.mailing(recipients=40)
    kit.deliveries_made(made)
    for seconds, numbers in TEN_EACH.items():
        _settle(kit, made, seconds, numbers)
    return made


def test_letters_of_the_last_minute_count(kit: Kit, mailing_id: int) -> None:
    # Of the ten seconds in which the minute begins, half are in it: so are half their letters.
    rates = {seconds: _per_minute(kit, mailing_id, seconds) for seconds in (50, 65, 70, 85, 130)}

    assert rates == {50: 30, 65: 25, 70: 20, 85: 15, 130: 0}


def _minutes_left(kit: Kit, mailing_id: int, seconds: float) -> int | None:
    with kit.app.app_context(), transaction() as session:
        session.execute(update(Dispatch).values(fanned_out_at=BEGUN))
        found = progress(session, mailing_id, now=BEGUN + timedelta(seconds=seconds))
        assert found is not None
        left = remaining(session, mailing_id, found, now=BEGUN + timedelta(seconds=seconds))
    return left.minutes if left else None


def test_what_is_left_is_told_by_the_time_letters_have_been_leaving(kit: Kit) -> None:
    made = kit.mailing(recipients=420)
    kit.deliveries_made(made)

    _settle(kit, made, 3, range(1, 21))
    soon = _minutes_left(kit, made, 5)
    _settle(kit, made, 120, range(21, 41))
    after_a_pause = _minutes_left(kit, made, 125)

    assert soon == 2, "20 in five seconds, 400 left"
    assert after_a_pause == 2, "20 in five seconds, 380 left"


def test_the_slot_in_which_they_went_on_does_not_slow_the_pace(kit: Kit) -> None:
    made = kit.mailing(recipients=420)
    kit.deliveries_made(made)

    _settle(kit, made, 119, range(1, 11))
    _settle(kit, made, 125, range(11, 61))
    _settle(kit, made, 135, range(61, 121))

    assert _minutes_left(kit, made, 140) == 1, "110 in twenty seconds, 300 left"


def test_a_few_letters_do_not_tell_a_pace(kit: Kit) -> None:
    made = kit.mailing(recipients=40)
    kit.deliveries_made(made)

    _settle(kit, made, 50, range(1, 3))

    assert _minutes_left(kit, made, 51) == 19, "two in a minute, not in a second"


def test_a_letter_that_is_settled_twice_counts_once(kit: Kit, mailing_id: int) -> None:
    _settle(kit, mailing_id, 51, range(21, 31))

    assert _per_minute(kit, mailing_id, 51) == 30


def test_the_rows_are_written_over_in_turn(kit: Kit, mailing_id: int) -> None:
    for number in range(31, 41):
        _settle(kit, mailing_id, (number - 20) * 10, range(number, number + 1))

    with kit.app.app_context():
        rows = db.session.scalar(select(func.count()).select_from(AcceptedLately))
    assert rows == 8
    assert _per_minute(kit, mailing_id, 200) == 7


def test_a_slower_clock_takes_nothing_away(kit: Kit, mailing_id: int) -> None:
    _settle(kit, mailing_id, 50 - 80, range(31, 41))

    assert _per_minute(kit, mailing_id, 50) == 30


def test_the_rate_is_told_without_counting_letters(kit: Kit, mailing_id: int) -> None:
    with kit.app.app_context(), counted_statements() as asked:
        progress(db.session(), mailing_id, now=BEGUN)

    assert [one for one in asked if "accepted_lately" in one]
    assert not [one for one in asked if "delivery.settled_at" in one]
