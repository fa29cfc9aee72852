"""Staff's pages of people: what they show, what they refuse, and at what price."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.text import LocalText
from outreach.projects.models import List
from outreach.stakeholders.models import (
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    Suppression,
    Tier,
)
from outreach.stakeholders.wordings import WORDING
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.web_client import post

HERE = "/staff/stakeholders"
PERSON = {
    "email": "ada@example.org",
    "name": "Ada Lovelace",
    "roles": ["policy-maker", "ngo"],
    "tier": "municipality",
    "organisation": "City of Tilburg",
    "country": "NL",
    "language": "nl",
    "topics": "Housing, Green space",
    "tags": "ghent",
    "source": "card at the forum",
}


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """Collect the statements sent to the database."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_list_shows_roles_level_and_status(cast: Cast, people: People, list_id: int) -> None:
    people.person(
        "ada@example.org", name="Ada Lovelace", roles=("politician",), tier=Tier.EU, gets=list_id
    )

    page = cast.ada.get(HERE)

    assert page.status_code == 200
    for text in ("Ada Lovelace", "ada@example.org", "politician", "European Union", "Gets letters"):
        assert text in page.text
    assert f'data-fetch="{HERE}/counts"' in page.text


def test_an_empty_list_offers_to_import(cast: Cast, people: People) -> None:
    page = cast.ada.get(HERE)

    assert "Nobody yet" in page.text
    assert f'href="{HERE}/import"' in page.text


def test_a_filter_can_be_taken_off_chip_by_chip(cast: Cast, people: People) -> None:
    people.person(country="BE")

    page = cast.ada.get(f"{HERE}?q=zzz&role=ngo&role=funder&country=BE&status=none&tag=x&level=q")

    assert "Nobody matches what you chose. Take a choice away above" in page.text
    assert "See everybody" in page.text
    assert f'href="{HERE}?q=zzz&amp;role=funder&amp;country=BE&amp;status=none"' in page.text
    assert "Country: Belgium" in page.text


def test_people_of_one_organisation_are_listed_together(cast: Cast, people: People) -> None:
    client, ada = cast.ada, people.person(name="Ada", organisation="Ghent")
    people.person(name="Ben", organisation="Tilburg")

    shown = client.get(f"{HERE}/{ada}")
    listed = client.get(f"{HERE}?organisation=1")
    counted = client.get(f"{HERE}/counts?organisation=1")

    assert f'href="{HERE}?organisation=1">Others at Ghent' in shown.text
    assert "Organisation: Ghent" in listed.text
    assert "Ben" not in listed.text
    assert counted.json is not None
    assert counted.json["total"] == 1


def test_counts_come_as_json(cast: Cast, people: People) -> None:
    people.person(roles=("ngo",))

    answer = cast.ada.get(f"{HERE}/counts?role=ngo")

    assert answer.json == {"total": 1, "role:ngo": 1, "status:none": 1}


def test_a_page_takes_as_many_queries_for_fifty_people_as_for_one(
    cast: Cast, people: People, app: Flask
) -> None:
    ada = cast.ada
    people.person(roles=("ngo", "funder"), organisation="One", tags=("x",))
    ada.get(HERE)
    with counted_queries(app) as one:
        ada.get(HERE)
    for _ in range(12):
        people.person(roles=("ngo", "funder"), organisation="Two", tags=("x",))
    with counted_queries(app) as many:
        ada.get(HERE)

    assert len(one) == len(many)
    assert len(many) <= 10


@pytest.mark.parametrize(
    "address",
    [
        "?after=x",
        "?after=-1",
        "?before=99999999999",
        "?q=%00%ff",
        "?tag=1e9",
        "?status=",
        "?level=eu",
    ],
)
def test_addresses_typed_by_anybody_are_answered(cast: Cast, people: People, address: str) -> None:
    people.person()

    assert cast.ada.get(HERE + address).status_code == 200
    assert cast.ada.get(f"{HERE}/counts{address}").status_code == 200


def test_a_person_is_added_with_roles_and_level(
    cast: Cast, people: People, session: Session
) -> None:
    answer = post(cast.ada, f"{HERE}/new", PERSON)

    ada = session.scalars(select(Stakeholder)).one()
    assert answer.headers["Location"] == f"{HERE}/{ada.id}"
    assert {held.role.slug for held in ada.roles} == {"policy-maker", "ngo"}
    assert (ada.tier, ada.country, ada.language) == (Tier.MUNICIPALITY, "NL", "nl")
    assert {topic.slug for topic in ada.topics} == {"housing", "green-space"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"email": "ada"}, "no address we can write to"),
        ({"email": ""}, "Enter an address"),
        ({"email": "ada@example.org\r\nBcc: x@example.org"}, "no address we can write to"),
        ({"roles": ["ngo"]}, "Only policy-makers and politicians have a level"),
        ({"source": " "}, "Say where we have this from"),
        ({"roles": ["astronaut"]}, "not a valid choice"),
        ({"country": "XX"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_on_its_field_and_kept(
    cast: Cast, people: People, session: Session, change: dict[str, object], message: str
) -> None:
    answer = post(cast.ada, f"{HERE}/new", {**PERSON, **change})

    assert answer.status_code == 422
    assert message.lower() in answer.text.lower()
    assert "City of Tilburg" in answer.text
    assert session.scalars(select(Stakeholder)).all() == []


def test_an_address_that_is_taken_leads_to_its_person(cast: Cast, people: People) -> None:
    known = people.person("ada@example.org")

    answer = post(cast.ada, f"{HERE}/new", PERSON)

    assert answer.status_code == 422
    assert f'href="{HERE}/{known}"' in answer.text


def test_editing_ends_a_role_and_keeps_it_known(
    cast: Cast, people: People, session: Session
) -> None:
    person = people.person("ada@example.org", roles=("politician", "ngo"))
    shown = cast.ada.get(f"{HERE}/{person}/edit")
    post(cast.ada, f"{HERE}/{person}/edit", {**PERSON, "roles": ["ngo"], "tier": ""})

    page = cast.ada.get(f"{HERE}/{person}")
    assert 'value="politician" checked' in shown.text or "checked" in shown.text
    assert "No longer politician" in page.text
    assert people.load(person).name == "Ada Lovelace"


def test_the_page_says_why_letters_go_out_or_do_not(
    cast: Cast, people: People, list_id: int
) -> None:
    gets = people.person(gets=list_id)
    waits, left, none = people.person(), people.person(), people.person()
    people.consent(waits, list_id, ConsentState.PENDING)
    people.consent(left, list_id, ConsentState.WITHDRAWN)
    ada = cast.ada

    assert (
        "Gets letters of SmartUrbI results since 2 Mar 2026: basis consent, source “A test”."
        in ada.get(f"{HERE}/{gets}").text
    )
    assert "waiting for confirmation" in ada.get(f"{HERE}/{waits}").text
    assert "Left SmartUrbI results on 2 Mar 2026" in ada.get(f"{HERE}/{left}").text
    assert "nothing is recorded" in ada.get(f"{HERE}/{none}").text


def test_staff_record_a_consent_with_its_basis_and_source(
    cast: Cast, people: People, list_id: int, session: Session
) -> None:
    person = people.person()
    data = {"list_id": str(list_id), "basis": "consent", "source": "phone", "with_measurement": "y"}
    post(cast.ada, f"{HERE}/{person}/consent", data)

    entries = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id)).all()
    assert [(entry.purpose, entry.actor) for entry in entries] == [
        (Purpose.NEWSLETTER, "Ada"),
        (Purpose.MEASUREMENT, "Ada"),
    ]
    assert "Agreed to be measured individually" in cast.ada.get(f"{HERE}/{person}").text


@pytest.mark.parametrize(
    "change", [{"source": ""}, {"basis": "public_task"}, {"list_id": "4711"}, {"basis": "whim"}]
)
def test_a_consent_without_its_proof_is_not_recorded(
    cast: Cast, people: People, list_id: int, session: Session, change: dict[str, str]
) -> None:
    person = people.person()
    data = {"list_id": str(list_id), "basis": "consent", "source": "phone", "with_measurement": "y"}
    answer = post(cast.ada, f"{HERE}/{person}/consent", {**data, **change})

    assert answer.status_code == 422
    assert session.scalars(select(ConsentEntry)).all() == []


def test_staff_withdraw_a_person_from_a_list(
    cast: Cast, people: People, list_id: int, session: Session
) -> None:
    person = people.person(gets=list_id)
    unknown = post(cast.ada, f"{HERE}/{person}/withdraw", {"list_id": "4711"})
    post(cast.ada, f"{HERE}/{person}/withdraw", {"list_id": str(list_id)})

    last = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id.desc())).first()
    assert unknown.status_code == 400
    assert last
    assert (last.state, last.actor) == (ConsentState.WITHDRAWN, "Ada")


def test_staff_end_measurement_alone(
    cast: Cast, people: People, list_id: int, session: Session
) -> None:
    person = people.person(gets=list_id)
    people.consent(person, list_id, purpose=Purpose.MEASUREMENT)
    data = {"list_id": str(list_id), "purpose": "measurement"}
    post(cast.ada, f"{HERE}/{person}/withdraw", data)
    post(cast.ada, f"{HERE}/{person}/frequency", {"often": "monthly"})
    people.consent(person, list_id, purpose=Purpose.EVENT_INVITATION)
    assert "May be invited to events." in cast.ada.get(f"{HERE}/{person}").text
    guest = people.person()
    session.rollback()
    people.consent(guest, list_id, purpose=Purpose.EVENT_INVITATION)
    invited = cast.ada.get(f"{HERE}/{guest}").text
    assert "Is invited to events of SmartUrbI results since 2 Mar 2026" in invited
    assert "Take off this list" not in invited
    assert "Invitations only" in cast.ada.get(f"{HERE}?status=invited").text
    post(cast.ada, f"{HERE}/{person}/withdraw", {**data, "purpose": "event_invitation"})

    page = cast.ada.get(f"{HERE}/{person}").text
    assert "Gets letters" in page
    assert "Ended measurement" in page
    assert "No more invitations of" in page
    assert "May be invited to events." not in page
    assert page.count("Asked for at most one letter a month") == 2, "said above and in the history"
    assert post(cast.ada, f"{HERE}/{person}/frequency", {"often": "x"}).status_code == 400


def test_the_history_quotes_what_was_agreed_word_for_word_and_under_which_address(
    cast: Cast, people: People, list_id: int, session: Session
) -> None:
    name = LocalText(en="City results", de="Ergebnisse für Städte")
    with people.app.app_context(), transaction() as writing:
        writing.get_one(List, list_id).name = name
    stays, gone = people.person("stays@example.org"), people.person("gone@example.org")
    people.consent(gone, list_id, wording_version=WORDING, wording_language="de")
    post(cast.ada, f"{HERE}/{stays}/merge", {"gone": str(gone)})

    page = cast.ada.get(f"{HERE}/{stays}").text

    assert "schicken Sie mir Briefe von Ergebnisse für Städte per E-Mail" in page
    assert f"(German, wording {WORDING})" in page
    assert "as gone@example.org" in page


def test_an_address_goes_on_the_do_not_mail_list_and_off_again_with_reasons(
    cast: Cast, people: People, session: Session
) -> None:
    person = people.person()
    silent = post(cast.ada, f"{HERE}/{person}/do-not-mail", {"reason": ""})
    post(cast.ada, f"{HERE}/{person}/do-not-mail", {"reason": "asked by phone"})
    blocked = cast.ada.get(f"{HERE}/{person}").text
    post(cast.ada, f"{HERE}/{person}/release", {"reason": "changed their mind"})

    line = session.scalars(select(Suppression)).one()
    assert silent.status_code == 422
    assert "asked by phone" in blocked
    assert line.released_at is not None
    assert "changed their mind" in line.evidence


def test_erasing_needs_the_word(cast: Cast, people: People, session: Session) -> None:
    person = people.person("ada@example.org", name="Ada Lovelace")
    slip = post(cast.ada, f"{HERE}/{person}/erase", {"word": "yes"})
    done = post(cast.ada, f"{HERE}/{person}/erase", {"word": "Erase"})

    assert slip.status_code == 422
    assert done.headers["Location"] == HERE
    assert people.load(person).email is None
    assert cast.ada.get(f"{HERE}/{person}").status_code == 404


def test_an_erased_and_a_missing_person_look_the_same(cast: Cast, people: People) -> None:
    person = people.person()
    post(cast.ada, f"{HERE}/{person}/erase", {"word": "erase"})
    ada = cast.ada

    for tail in ("", "/edit", "/consent", "/erase", "/release", "/do-not-mail"):
        erased, missing = ada.get(f"{HERE}/{person}{tail}"), ada.get(f"{HERE}/4711{tail}")
        assert erased.status_code == missing.status_code == 404
        assert erased.text == missing.text


def test_partners_see_nothing_of_people(cast: Cast, people: People) -> None:
    person = people.person()

    for tail in ("", f"/{person}", f"/{person}/edit", "/new", "/import", "/counts", "/export.csv"):
        assert cast.ben.get(HERE + tail).status_code == 403


def test_no_post_works_without_its_token(cast: Cast, people: People, session: Session) -> None:
    person = people.person()

    for tail in ("new", f"{person}/edit", f"{person}/erase", f"{person}/withdraw", "import"):
        assert cast.ada.post(f"{HERE}/{tail}", data={"word": "erase"}).status_code == 400
    assert people.load(person).erased_at is None


def test_hostile_text_is_only_ever_text(cast: Cast, people: People, list_id: int) -> None:
    evil = "<script>alert(1)</script>{{7777*7777}}"
    person = people.person(
        "x@example.org",
        name=f"{evil}n",
        organisation=f"{evil}o",
        job_title=f"{evil}j",
        tags=(f"{evil}t",),
        topics=(f"{evil}p",),
        source=f"{evil}s",
    )
    people.consent(person, list_id, source=f"{evil}c")
    ada = cast.ada

    for tail in ("", "?q=<script>alert(1)", f"/{person}", f"/{person}/edit", f"/{person}/erase"):
        text = ada.get(HERE + tail).text
        assert "<script>alert" not in text
        assert "60481729" not in text


@pytest.mark.parametrize(
    ("column", "value", "status"), [("organisation_id", 4711, 409), ("created_at", None, 500)]
)
def test_what_somebody_took_away_in_that_moment_is_a_page_and_our_mistake_a_surprise(
    people: People,
    cast: Cast,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    column: str,
    value: int | None,
    status: int,
) -> None:
    def fill(_session: Session, person: Stakeholder, _said: object) -> None:
        setattr(person, column, value)

    monkeypatch.setattr("outreach.stakeholders.people._fill", fill)

    answer = post(cast.ada, f"{HERE}/new", PERSON)

    assert answer.status_code == status
    assert ("This has changed in between" in answer.text) is (status == 409)
    assert session.scalars(select(Stakeholder.id)).all() == []
