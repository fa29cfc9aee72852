"""From a letter one can only get less: leave, pause, be counted less; and take a slip back."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.db import transaction
from outreach.core.errors import Conflict
from outreach.core.keys import new_ring
from outreach.core.signing import DeliveryTokens
from outreach.stakeholders.changed import changed_timeline
from outreach.stakeholders.consents import Leaving, leave_list
from outreach.stakeholders.eligibility import measures_individually
from outreach.stakeholders.frequency import choose_frequency, wants_fewer
from outreach.stakeholders.models import Consent, ConsentState, Purpose, Stakeholder
from outreach.stakeholders.own_export import own_record
from outreach.stakeholders.pausing import end_pause, months_later, pause
from outreach.stakeholders.receipts import Receipts
from outreach.stakeholders.wishes import HERSELF
from outreach.tracking.forgetting import forget_withdrawn
from outreach.tracking.models import Reader
from tests.stakeholders.factories import People
from tests.tracking.factories import Sent

Reason = Callable[..., str | None]


def _do(visitor: FlaskClient, token: str, do: str, **fields: str) -> str:
    answer = visitor.post(f"/preferences/{token}", data={"do": do, **fields})
    assert answer.status_code == 200
    return answer.text


def _receipt(page: str) -> str:
    found = re.search(r'name="receipt" value="([^"]+)"', page)
    assert found
    return found[1]


def test_each_step_holds_at_once_and_can_be_taken_back_on_its_page(
    visitor: FlaskClient, tokens: DeliveryTokens, reason: Reason
) -> None:
    steps = {"leave": "unsubscribed", "leave-all": "suppressed", "pause": "paused", "fewer": None}

    for do, withheld in steps.items():
        page = _do(visitor, tokens.preferences, do)
        assert reason() == withheld
        assert reason(2) is None
        _do(visitor, tokens.preferences, "take-back", receipt=_receipt(page))
        assert reason() is None


def test_a_button_pressed_twice_does_not_lose_the_way_back(
    visitor: FlaskClient, sent: Sent, reason: Reason, session: Session
) -> None:
    token = sent.signer.delivery_tokens(sent.mailing_id, 3).preferences
    _do(visitor, token, "end-measurement")

    for do in ("leave", "leave-all", "pause"):
        _do(visitor, token, do)
        page = _do(visitor, token, do)
        assert reason(3) is not None
        _do(visitor, token, "take-back", receipt=_receipt(page))
        assert reason(3) is None

    whose = Stakeholder.id == sent.people[3]
    assert not session.scalar(select(measures_individually(sent.list_id)).where(whose))


def test_at_most_one_a_month_is_kept_told_and_taken_back(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, session: Session
) -> None:
    wanting = select(Stakeholder.id).where(wants_fewer())

    for _twice in range(2):
        page = _do(visitor, tokens.preferences, "fewer")

    assert session.scalars(wanting).all() == [sent.people[1]]
    assert own_record(session, sent.person(session, 1), [])["person"]["at_most_monthly"] is True
    _do(visitor, tokens.preferences, "take-back", receipt=_receipt(page))
    session.rollback()
    assert session.scalars(wanting).all() == []
    assert [entry.title for entry in changed_timeline(session, sent.people[1], limit=9)] == [
        "May get every letter again",
        "Asked for at most one letter a month",
    ]


def test_the_link_of_a_letter_takes_back_no_wish_that_stood_before(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, reason: Reason
) -> None:
    long_ago = clock.now() - timedelta(days=2)
    with sent.app.app_context(), transaction() as writing:
        pause(writing, sent.people[1], months=6, now=long_ago)
        choose_frequency(writing, sent.people[1], at_most_monthly=True, now=long_ago, actor=HERSELF)

    for do in ("pause", "fewer"):
        assert 'name="receipt"' not in _do(visitor, tokens.preferences, do)
    assert reason() == "paused"


def test_looking_changes_nothing(
    visitor: FlaskClient, tokens: DeliveryTokens, reason: Reason
) -> None:
    for do in ("leave", "leave-all", "pause", "fewer", "end-measurement", "end-invitations"):
        visitor.get(f"/preferences/{tokens.preferences}?do={do}")
        visitor.head(f"/preferences/{tokens.preferences}?do={do}")

    assert reason() is None


def test_nothing_else_is_done(visitor: FlaskClient, tokens: DeliveryTokens, reason: Reason) -> None:
    for do in ("", "join", "erase", "roles", "leave "):
        answer = visitor.post(f"/preferences/{tokens.preferences}", data={"do": do})

        assert answer.status_code == 400
        assert reason() is None


def test_the_link_alone_brings_no_letters_back(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, reason: Reason
) -> None:
    other = sent.signer.delivery_tokens(sent.mailing_id, 2)
    theirs = _receipt(_do(visitor, other.preferences, "leave"))
    _do(visitor, tokens.preferences, "leave")

    for receipt in ("", "x", "x" * 9000, theirs, theirs[:-1]):
        form = {"do": "take-back", "receipt": receipt}
        assert visitor.post(f"/preferences/{tokens.preferences}", data=form).status_code == 409
    assert reason() == "unsubscribed"


def test_after_half_an_hour_nothing_is_taken_back(
    people: People, list_id: int, session: Session
) -> None:
    person, ring, moment = people.person(gets=list_id), new_ring(), people.now
    with transaction() as writing:
        left = leave_list(writing, person, list_id, now=moment, actor="the person")
        pause(writing, person, months=1, now=moment)
    receipts = Receipts(ring)
    papers = (receipts.of_leaving(left), receipts.of_wish(session, person, now=moment))
    late = moment + timedelta(minutes=30, seconds=1)

    for paper in papers:
        with pytest.raises(Conflict), transaction() as writing:
            receipts.take_back(writing, paper, person, now=late)
        with pytest.raises(Conflict), transaction() as writing:
            Receipts(new_ring()).take_back(writing, paper, person, now=moment)
    assert Receipts(ring).of_leaving(Leaving(person)) == ""


def test_who_is_followed_ends_it_also_for_letters_they_have(
    visitor: FlaskClient, sent: Sent, reason: Reason, session: Session
) -> None:
    sent.apply(sent.open(delivery=3, is_personal=True))
    token = sent.signer.delivery_tokens(sent.mailing_id, 3).preferences

    page = _do(visitor, token, "end-measurement")

    assert "counted only by your role" in page
    assert reason(3) is None
    whose = Stakeholder.id == sent.people[3]
    assert not session.scalar(select(measures_individually(sent.list_id)).where(whose))
    assert forget_withdrawn(sent.engine, now=clock.now()) == 1
    session.rollback()
    assert session.scalars(select(Reader.number)).all() == [None]


def test_ending_measurement_is_recorded_also_where_nothing_was_agreed(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, session: Session
) -> None:
    steps = (
        ("end-measurement", Purpose.MEASUREMENT),
        ("end-invitations", Purpose.EVENT_INVITATION),
    )
    for step, purpose in steps:
        _do(visitor, tokens.preferences, step)

        key = (sent.people[1], sent.list_id, purpose)
        assert session.get_one(Consent, key).state is ConsentState.WITHDRAWN


def test_a_pause_ends_by_itself_and_is_not_cut_short(
    people: People, list_id: int, session: Session
) -> None:
    person = people.person(gets=list_id)
    with transaction() as writing:
        long = pause(writing, person, months=6, now=people.now)
        assert pause(writing, person, months=1, now=people.now) == long

    assert long == datetime.fromisoformat("2026-09-02T12:00Z")
    with transaction() as writing:
        end_pause(writing, person, now=people.now)
    assert people.load(person).paused_until is None


def test_months_end_where_the_calendar_ends_them() -> None:
    day = datetime.fromisoformat("2026-11-30T09:00Z")

    assert months_later(day, 3) == datetime.fromisoformat("2027-02-28T09:00Z")
    assert months_later(day, 1) == datetime.fromisoformat("2026-12-30T09:00Z")


def test_a_merged_persons_old_letter_speaks_for_who_took_their_place(
    visitor: FlaskClient, tokens: DeliveryTokens, sent: Sent, reason: Reason
) -> None:
    with sent.app.app_context(), transaction() as session:
        session.get_one(Stakeholder, sent.people[1]).merged_into_id = sent.people[2]

    _do(visitor, tokens.preferences, "leave")

    assert reason(2) == "unsubscribed"
