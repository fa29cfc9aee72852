"""How long a mailing still takes, when something slower than the last minute's pace decides."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from outreach.cli.standing import lines
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.dashboards.status import mailing_status
from outreach.delivery.judging import Result
from outreach.delivery.leases import claim
from outreach.delivery.models import DeliveryState, Dispatch
from outreach.delivery.queries import progress
from outreach.delivery.remaining import COUNTED_AGAIN, Remaining, remaining
from outreach.delivery.settling import settle
from outreach.mail import warming
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender
from outreach.stakeholders.models import Stakeholder
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.statements import counted_statements

BEGUN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _made(kit: Kit, recipients: int, **settings: str) -> int:
    """Make a mailing that leaves; the first ten people are at a slow domain."""
    here = state(kit.app)
    here.settings = here.settings.model_copy(update=settings)
    made = kit.mailing(recipients=recipients)
    with kit.app.app_context(), transaction() as session:
        for number, email in enumerate(kit.recipients[:10]):
            person = session.scalars(select(Stakeholder).where(Stakeholder.email == email)).one()
            person.email = f"slow{number}@slow.example"
    kit.deliveries_made(made)
    with kit.app.app_context(), transaction() as session:
        session.execute(update(Dispatch).values(fanned_out_at=BEGUN))
    return made


def _settle(kit: Kit, mailing_id: int, seconds: float, numbers: range) -> None:
    results = [Result(number, DeliveryState.ACCEPTED, 250, "Ok") for number in numbers]
    with kit.app.app_context(), transaction(db.engine) as writing:
        settle(writing, mailing_id, results, now=BEGUN + timedelta(seconds=seconds))


def _left(kit: Kit, mailing_id: int, seconds: float) -> int | None:
    left = _remaining(kit, mailing_id, seconds)
    return left.minutes if left else None


def _remaining(kit: Kit, mailing_id: int, seconds: float) -> Remaining | None:
    moment = BEGUN + timedelta(seconds=seconds)
    with kit.app.app_context():
        found = progress(db.session(), mailing_id, now=moment)
        assert found is not None
        return remaining(db.session(), mailing_id, found, now=moment)


def test_a_slow_domain_decides_when_it_is_through(kit: Kit) -> None:
    made = _made(kit, 100, mail_per_domain="slow.example=0.01")
    _settle(kit, made, 5, range(31, 101))

    slow = _remaining(kit, made, 10)
    assert slow == Remaining(17, "36 letters an hour to slow.example"), "ten letters"
    _settle(kit, made, 15, range(3, 31))
    assert _left(kit, made, 15 + COUNTED_AGAIN.seconds) == 3, "two are left"
    assert _left(kit, made, 300) == 3, "none left in the last minute, and the pace is known"


def test_without_a_pace_of_the_rest_nothing_is_promised(kit: Kit) -> None:
    made = _made(kit, 100, mail_per_domain="slow.example=0.01")

    assert _left(kit, made, 10) is None


def test_who_waits_at_slow_domains_is_not_counted_at_every_look(kit: Kit) -> None:
    made = _made(kit, 100, mail_per_domain="slow.example=0.01")
    _settle(kit, made, 5, range(31, 101))

    with kit.app.app_context(), counted_statements() as first:
        _left(kit, made, 10)
    with kit.app.app_context(), counted_statements() as second:
        _left(kit, made, 12)

    assert len(first) - len(second) == 1


def test_a_pace_that_was_set_since_is_kept(kit: Kit) -> None:
    made = _made(kit, 400)
    _settle(kit, made, 5, range(1, 101))

    quick = _left(kit, made, 10)
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"mail_per_second": 0.5})

    assert (quick, _left(kit, made, 10)) == (1, 10), "300 letters at one in two seconds"


def test_quiet_hours_lie_between(kit: Kit) -> None:
    made = _made(kit, 100, mail_quiet="12:01-14:01 UTC")
    _settle(kit, made, 5, range(1, 11))

    # One in four seconds, ninety to go: twenty seconds, two hours, then 340 seconds.
    assert _remaining(kit, made, 40) == Remaining(126, "quiet hours, 12:01 to 14:01 (UTC)")


def test_a_day_of_a_warm_up_plan_does_and_what_is_leased_is_its_own(kit: Kit) -> None:
    made = _made(kit, 100)
    domain = installation_sender(state(kit.app).settings).email.rpartition("@")[2]
    with kit.app.app_context(), transaction() as session:
        warming.start(session, domain, BEGUN.date(), [40, 400], actor="Dora", now=BEGUN)
    with kit.app.app_context(), transaction(db.engine) as writing:
        assert warming.take(writing, domain, 40, now=BEGUN) == 40
        leased = claim(writing, made, "here/1", now=BEGUN, lasts=timedelta(minutes=2), last=40)
    assert leased is not None
    assert leased.hi == 40
    _settle(kit, made, 5, range(1, 31))

    # Ten of the day's forty still leave; the other sixty wait for midnight.
    left = _remaining(kit, made, 10)
    assert left is not None
    assert left.minutes == pytest.approx(720, abs=1)
    assert left.words == "12 hours"
    assert left.slowed_by.startswith("the warm-up plan lets 10, 400, ")


def test_page_and_command_line_say_what_slows_it(kit: Kit, cast: Cast) -> None:
    made = _made(kit, 100, mail_per_domain="slow.example=0.01")
    seconds = (now() - BEGUN).total_seconds()
    with kit.app.app_context(), transaction() as session:
        session.execute(update(Dispatch).values(fanned_out_at=now()))
    _settle(kit, made, seconds, range(31, 101))

    page = cast.ada.get(f"/staff/mailings/{made}/progress").text
    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, made)
        said = list(lines(mailing_status(db.session(), mailing, now=now())))

    assert "about 17 minutes left" in page
    assert "What slows it: 36 letters an hour to slow.example." in page
    assert "rate        70 in the last minute, about 17 minutes left" in said
    assert "slowed by   36 letters an hour to slow.example" in said
