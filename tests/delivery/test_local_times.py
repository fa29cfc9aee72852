"""The same wall time where each reader is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.delivery.beginning import hold_missed
from outreach.delivery.fanout import fan_out
from outreach.delivery.models import Dispatch
from outreach.delivery.waves import due_up_to, waves_of
from outreach.mailings.local_times import countries_of_several, local_dues
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.moments import Moment, NotSchedulable
from outreach.mailings.schedule import schedule, unschedule
from tests.delivery.kit import Kit
from tests.factories import Factory
from tests.mailings.factories import OUTLET, MailingFactory


def _at(local: str, zone: str, country: str) -> str:
    """Return when it is that time in a country, as "29 08:00" in UTC."""
    dues = local_dues(local, zone)
    own = next(due for due in dues if not due.countries)
    due = next((due for due in dues if country in due.countries), own)
    return f"{due.at:%d %H:%M}"


@pytest.mark.parametrize(
    ("local", "zone", "country", "at"),
    [
        ("2026-03-28 09:00", "Europe/Brussels", "GB", "28 09:00"),
        ("2026-03-29 09:00", "Europe/Brussels", "GB", "29 08:00"),  # summer time began
        ("2026-03-29 09:00", "Europe/Brussels", "DE", "29 07:00"),  # two zones, one time
        ("2026-03-29 09:00", "Europe/Brussels", "JP", "29 00:00"),
        ("2026-03-29 09:00", "Europe/Brussels", "ES", "29 07:00"),  # several: the mailing's own
        ("2026-03-29 09:00", "Europe/Brussels", "XX", "29 07:00"),  # no country we know
        ("2026-03-29 02:30", "UTC", "BE", "29 01:00"),  # skipped there: 03:00 is the next
        ("2026-10-25 02:30", "UTC", "BE", "25 00:30"),  # shown twice: the first
        ("2026-10-25 00:30", "Pacific/Kiritimati", "AS", "25 11:30"),  # a day later than there
    ],
)
def test_a_time_is_another_moment_in_each_country(
    local: str, zone: str, country: str, at: str
) -> None:
    assert _at(local, zone, country) == at


def test_countries_with_several_times_are_named() -> None:
    among = ["BE", "DE", "ES", "US", "CY", "XX"]

    assert countries_of_several("2026-03-29 09:00", among) == ["ES", "US"]


@pytest.fixture
def kit(app: Flask, make: Factory, database_uri: str, tmp_path: Path) -> Kit:
    return Kit(app, make, database_uri, tmp_path)


def _fanned_out(kit: Kit, local: str, now: datetime) -> int:
    for country, number in (("BE", 2), ("JP", 2), ("US", 1), ("FI", 1)):
        kit.people(number, country=country)
    mailing_id = kit.mailing()
    with kit.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        mailing.is_local_time = True
        mailing.due_local, mailing.due_zone = local, "Europe/Brussels"
        mailing.state, mailing.updated_at = MailingState.SENDING, now
    with kit.app.app_context(), transaction(db.engine) as connection:
        fan_out(
            connection,
            mailing_id,
            tracking=TrackingMode.OFF,
            threshold=5,
            transport="catcher",
            now=now,
        )
    return mailing_id


def test_letters_leave_in_waves_each_at_its_own_moment(kit: Kit, now: datetime) -> None:
    mailing_id = _fanned_out(kit, "2026-03-02 21:00", now)  # in Japan it is 21:00 now

    made = kit.deliveries(mailing_id)
    assert [one.country for one in made] == ["JP", "JP", "FI", "BE", "BE", "US"]
    with kit.app.app_context():
        waves = waves_of(db.session(), mailing_id)
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert [(one.lo, one.hi, one.due_at) for one in waves] == [
        (1, 2, now),
        (3, 3, evening - timedelta(hours=1)),
        (4, 6, evening),
    ]
    assert [due_up_to(waves, 6, now + timedelta(hours=h)) for h in (0, 6, 7, 8)] == [2, 2, 3, 6]


def test_a_part_missed_by_more_than_a_day_waits_for_a_person_who_resumes_it(kit: Kit) -> None:
    before = clock.now() - timedelta(days=3)
    mailing_id = _fanned_out(kit, f"{before + timedelta(hours=10):%Y-%m-%d %H:%M}", before)

    with kit.app.app_context():
        hold_missed()
        mailing = db.session.get_one(Mailing, mailing_id)
        assert (mailing.state, "more than a day ago" in mailing.state_reason) == (
            MailingState.PAUSED,
            True,
        )
        with transaction() as session:
            again = session.get_one(Mailing, mailing_id)
            again.move_to(MailingState.SENDING, now=clock.now())
        hold_missed()
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENDING
        with transaction() as session:  # one whose letters are all under way is not late
            session.get_one(Mailing, mailing_id).updated_at = before
            session.get_one(Dispatch, mailing_id).next_number = 7
        hold_missed()
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENDING


def test_the_promise_is_for_the_first_of_the_moments(
    make: Factory, session: Session, now: datetime
) -> None:
    room = MailingFactory(make)
    mailing_id = room.mailing(readers=1)
    list_id = session.get_one(Mailing, mailing_id).list_id
    session.rollback()
    room.person("ngo", list_id=list_id, country="FI")
    moment = Moment("2026-03-05 09:00", "Europe/Brussels")

    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        with pytest.raises(NotSchedulable, match="same moment everywhere"):
            schedule(writing, mailing, None, is_local=True, **OUTLET, actor="Ada", now=now)
        schedule(writing, mailing, moment, is_local=True, **OUTLET, actor="Ada", now=now)
        assert mailing.due_at == datetime(2026, 3, 5, 7, tzinfo=UTC)
        assert (mailing.due_local, mailing.is_local_time) == ("2026-03-05 09:00", True)
        unschedule(writing, mailing, actor="Ada", now=now)
        assert not mailing.is_local_time
