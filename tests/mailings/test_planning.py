"""What is planned: by day of a zone, on a page, and in calendar programs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.core import clock
from outreach.core.db import transaction
from outreach.core.state import state
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.planning import as_calendar, by_day, month_of, planned
from tests.cast import Cast
from tests.factories import Factory
from tests.mailings.factories import MailingFactory

LATE = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
"""Monday in Brussels already, where summer time began that night."""


def _planned(room: MailingFactory, project_id: int, title: str = "The plan") -> int:
    return room.mailing(project_id, state=MailingState.SCHEDULED, due_at=LATE, title=title)


def test_a_mailing_stands_on_the_day_its_zone_shows(
    room: MailingFactory, make: Factory, session: Session
) -> None:
    _planned(room, make.project())
    room.mailing(title="Only a draft")

    found = planned(session, None, since=LATE - timedelta(days=1), until=LATE + timedelta(days=1))

    assert [mailing.title for mailing in found] == ["The plan"]
    assert [str(day) for day in by_day(found, ZoneInfo("Europe/Brussels"))] == ["2026-03-30"]
    assert [str(day) for day in by_day(found, ZoneInfo("UTC"))] == ["2026-03-29"]


def test_a_mailing_at_each_readers_time_stands_at_that_time_everywhere(
    room: MailingFactory, cast: Cast
) -> None:
    mailing_id = _planned(room, cast.project_id, title="Good morning")
    with cast.make.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        # The first letters leave in New Zealand, where that day began half a day before.
        mailing.is_local_time, mailing.due_local = True, "2026-04-27 09:00"
        mailing.due_at = datetime(2026, 4, 26, 21, tzinfo=UTC)
        found = planned(session, None, since=LATE, until=LATE + timedelta(days=60))
        days = list(by_day(found, ZoneInfo("Europe/Brussels")))
        feed = as_calendar(found, [], "https://example.org")

    page = cast.ada.get("/staff/mailings/calendar?month=2026-05").text

    assert [str(day) for day in days] == ["2026-04-27"]
    assert '09:00 Good morning</a> <span class="small muted">where each reader is' in page
    whole = feed.replace(b"\r\n ", b"")
    assert b"\r\nDTSTART:20260427T090000\r\n" in whole  # a time without a zone
    assert b"(at each reader's own time)" in whole


def test_a_month_that_is_none_is_this_one(now: datetime) -> None:
    assert str(month_of("2027-02", today=now.date())) == "2027-02-01"
    assert str(month_of("2027-13", today=now.date())) == "2026-03-01"


def test_the_calendar_shows_a_month_and_its_neighbours(room: MailingFactory, cast: Cast) -> None:
    _planned(room, cast.project_id)

    page = cast.ada.get("/staff/mailings/calendar?month=2026-03")

    assert "March 2026" in page.text
    assert "01:30 The plan" in page.text
    assert "month=2026-02" in page.text
    assert "month=2026-04" in page.text
    assert cast.ada.get("/staff/mailings/calendar?month=nonsense").status_code == 200


def test_a_calendar_program_reads_what_its_user_may_see(
    room: MailingFactory, cast: Cast, visitor: FlaskClient
) -> None:
    mailing_id = _planned(room, cast.project_id)
    signer = state(cast.make.app).signer
    with cast.make.app.app_context(), transaction() as session:
        session.get_one(Mailing, mailing_id).due_at = clock.now() + timedelta(days=3)
        ids = {user.email[:3]: user.id for user in session.scalars(select(User))}
    feed = f"/mailings/planned/{signer.plan(ids['ada'])}.ics"

    answer = visitor.get(feed)

    entries = Calendar.from_ical(answer.data).walk("VEVENT")
    assert [str(entry["UID"]) for entry in entries] == [f"mailing-{mailing_id}@outreach"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert visitor.get(f"/mailings/planned/{signer.plan(ids['ben'])}.ics").status_code == 404
    assert visitor.get(f"/mailings/planned/{signer.person(ids['ada'])}.ics").status_code == 404
    with cast.make.app.app_context(), transaction() as session:
        session.get_one(User, ids["ada"]).active = False
    assert visitor.get(feed).status_code == 404
