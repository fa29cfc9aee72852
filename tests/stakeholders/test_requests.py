"""Staff see who waits for an answer and for how long, and can do all that people can themselves."""

import json
import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.db import transaction
from outreach.stakeholders.contributes import check_requests
from outreach.stakeholders.models import RequestKind, RightsRequest
from outreach.stakeholders.rights import late_requests, note_request
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.web_client import post

PAGES = "/staff/stakeholders"


def test_a_request_is_recorded_counted_and_answered(
    people: People, cast: Cast, session: Session
) -> None:
    ada, person, today = cast.ada, people.person(name="Jane <b>"), clock.now().date()
    form = {"kind": "access", "received_on": str(today - timedelta(days=10)), "note": "By phone"}

    for wrong in ({"received_on": str(today + timedelta(days=1))}, {"kind": "x"}):
        assert post(ada, f"{PAGES}/{person}/request", {**form, **wrong}).status_code == 422
    assert post(ada, f"{PAGES}/{person}/request", form).status_code == 302
    listed = ada.get(f"{PAGES}/requests").text
    request = session.scalars(select(RightsRequest)).one()
    page = ada.get(f"{PAGES}/requests/{request.id}").text

    assert "Jane &lt;b&gt;" in listed
    assert f"{request.days_left(clock.now())} days left" in listed
    assert 17 <= request.days_left(clock.now()) <= 21
    assert f"{PAGES}/{person}/data.json" in page
    assert post(ada, f"{PAGES}/requests/{request.id}", {"outcome": ""}).status_code == 422
    post(ada, f"{PAGES}/requests/{request.id}", {"outcome": "Sent as CSV"})
    assert "Sent as CSV" in ada.get(f"{PAGES}/requests").text


def test_the_rail_and_the_list_say_what_waits_for_whoever_may_answer(
    people: People, cast: Cast, session: Session
) -> None:
    person, today = people.person(), clock.now().date()
    request = {"kind": "access", "received_on": str(today)}
    note = {"kind": "call", "text": "x", "happened_on": str(today)}
    quiet = cast.ada.get(PAGES).text
    post(cast.ada, f"{PAGES}/{person}/request", request)
    for day in (today, today + timedelta(days=3)):
        post(cast.ada, f"{PAGES}/{person}/notes", {**note, "follow_up_on": str(day)})

    told = cast.ada.get(PAGES).text

    assert "Requests: 1 waiting" in told
    assert "Follow-ups: 1 due" in told
    assert re.search(r'Stakeholders\s+<span class="rail-count">2', told)
    assert "rail-count" not in quiet
    assert "Follow-ups:" not in quiet


def test_whoever_waits_longer_than_a_month_is_told_of(
    people: People, cast: Cast, session: Session
) -> None:
    ada, moment, person = cast.ada, clock.now(), people.person()
    with people.app.app_context(), transaction() as writing:
        note_request(writing, person, RequestKind.OBJECTION, now=moment, recorded_by="Ada",
                     received_at=moment - timedelta(days=40))  # fmt: skip

    assert late_requests(session, now=moment) == 1
    assert [finding.is_well for finding in check_requests(people.app)] == [False]
    assert "late" in ada.get(f"{PAGES}/requests").text


def test_staff_give_a_person_all_that_is_held_tags_included(people: People, cast: Cast) -> None:
    person = people.person("jane@example.org", tags=("board",))

    record = json.loads(cast.ada.get(f"{PAGES}/{person}/data.json").text)

    assert (record["person"]["email"], record["tags"]) == ("jane@example.org", ["board"])
    assert "person.email,jane@example.org" in cast.ada.get(f"{PAGES}/{person}/data.csv").text
    assert cast.ada.get(f"{PAGES}/987654/data.json").status_code == 404
