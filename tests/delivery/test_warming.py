"""A new domain sends no more on a day than its plan says, and the rest on the next ones."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, Refusal
from outreach.core.state import state
from outreach.delivery.heeding import QUIET
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail import warming
from outreach.mail.models import WarmUp
from outreach.mailings.models import Mailing, MailingState
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer
from tests.web_client import post

DOMAIN = "smarturbi.example.org"
TODAY = now().date()


def _start(kit: Kit, *ceilings: int, day: date = TODAY) -> int:
    with kit.app.app_context(), transaction() as session:
        return warming.start(session, DOMAIN, day, ceilings, actor="Ada", now=now()).id


@contextmanager
def _stopped(kit: Kit, plan_id: int) -> Iterator[None]:
    with kit.app.app_context(), transaction() as session:
        warming.stop(session.get_one(WarmUp, plan_id), actor="Ada", now=now())
    yield


def _work(kit: Kit, server: RecordingSmtpServer) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    kit.app.extensions[QUIET] = {}
    run_due(kit.app, stop=threading.Event(), options=SenderOptions(connections=2))


def test_no_more_leave_than_the_day_s_number_and_the_rest_once_the_plan_is_stopped(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    plan_id = _start(kit, 25, 1_000)
    first, second = kit.mailing(recipients=40), kit.mailing()

    _work(kit, smtp_server)
    _work(kit, smtp_server)

    assert len(smtp_server.received) == 25
    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, first)
        assert mailing.state is MailingState.SENDING
        assert "warm-up plan" in mailing.state_reason
        assert kit.app.extensions[QUIET][first][1] <= now() + timedelta(minutes=1)
        (today, tomorrow) = warming.days_of(db.session(), db.session.get_one(WarmUp, plan_id))
        assert (today.ceiling, today.sent, tomorrow.sent) == (25, 25, 0)
    with _stopped(kit, plan_id):
        _work(kit, smtp_server)

    assert sorted(smtp_server.recipients()) == sorted(kit.recipients * 2)
    with kit.app.app_context():
        for mailing_id in (first, second):
            mailing = db.session.get_one(Mailing, mailing_id)
            assert (mailing.state, mailing.state_reason) == (MailingState.SENT, "")


def test_what_was_not_offered_is_given_back_to_the_day(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    plan_id = _start(kit, 30)
    kit.mailing(recipients=10)
    smtp_server.on("rcpt", times=3)
    smtp_server.on("rcpt", "421 4.7.0 Later")
    smtp_server.on("connect", times=2)
    smtp_server.on("connect", "421 4.7.0 Later")

    _work(kit, smtp_server)

    with kit.app.app_context():
        (today,) = warming.days_of(db.session(), db.session.get_one(WarmUp, plan_id))
    offered = 3 + sum("421" in reply for reply in _replies(kit))
    assert today.sent == offered


def _replies(kit: Kit) -> list[str]:
    return [f"{one.reply_code} {one.reply}" for one in kit.deliveries(1)]


def test_a_plan_of_coming_days_holds_nothing_back_and_only_one_runs(kit: Kit) -> None:
    _start(kit, 5, day=TODAY + timedelta(days=3))
    with kit.app.app_context(), transaction() as session:
        connection = session.connection()

        assert warming.take(connection, DOMAIN, 500, now=now()) is None
        assert warming.take(connection, "other.example", 500, now=now()) is None
        with pytest.raises(Conflict, match="running"):
            warming.start(session, DOMAIN, TODAY, [5], actor="Ada", now=now())
        with pytest.raises(Refusal, match="number of letters"):
            warming.start(session, "other.example", TODAY, [0], actor="Ada", now=now())


def test_days_are_counted_in_utc_and_end_with_the_plan(kit: Kit) -> None:
    day = date(2026, 3, 2)
    _start(kit, 5, 7, day=day)
    late = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    with kit.app.app_context(), transaction() as session:
        connection = session.connection()

        taken = [
            warming.take(connection, DOMAIN, 4, now=late),
            warming.take(connection, DOMAIN, 4, now=late),
            warming.take(connection, DOMAIN, 8, now=late + timedelta(minutes=1)),
            warming.take(connection, DOMAIN, 8, now=late + timedelta(days=1, minutes=1)),
        ]

        assert taken == [4, 1, 7, None]
        assert warming.left_by_day(connection, DOMAIN, now=late) == {
            day: 0,
            day + timedelta(days=1): 0 + 7,
        }


def test_staff_start_see_and_stop_a_plan(kit: Kit, cast: Cast) -> None:
    address = "/staff/settings/sending"
    wrong = post(cast.ada, address, {"domain": "example.org", "begins_on": "2030-01-01",
                                     "numbers": "50, many"})  # fmt: skip
    data = {"domain": "example.org", "begins_on": "2030-01-01", "numbers": "50, 1,500"}
    unclear = post(cast.ada, address, data | {"numbers": "100,200"})
    started = post(cast.ada, address, data)
    page = cast.ada.get(address).text
    stopped = post(cast.ada, f"{address}/warm-up/1/stop")

    assert wrong.status_code == 422
    assert "“many” is not a number" in wrong.text
    assert unclear.status_code == 422
    assert "“100,200” may be one number or several" in unclear.text
    assert (started.status_code, stopped.status_code) == (302, 302)
    assert "1,500" in page
    assert "Runs" in page
    assert "after 1, 5, 15, 30 minutes, then after 1, 2, 4, 6 hours" in page
    assert "Stopped" in cast.ada.get(address).text
