"""Many people enrolled together are as if each had been enrolled alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.stakeholders.enrolling import Arrival, enrol_all
from outreach.stakeholders.ledger import (
    append_first,
    last_entry,
    next_standing,
    record_consent,
    standing_columns,
)
from outreach.stakeholders.models import (
    Basis,
    Consent,
    ConsentEntry,
    ConsentState,
    Purpose,
    Stakeholder,
    Stop,
    Tier,
)
from outreach.stakeholders.people import AlreadyThere, PersonData, enrol, snapshot
from outreach.stakeholders.roles import UnknownRole
from tests.stakeholders.factories import People
from tests.statements import counted_statements

CROWD = (
    (
        PersonData(
            "Ada@Example.org",
            name="Ada  Lovelace",
            organisation=" City of  Tilburg",
            country="NL",
            tier=Tier.MUNICIPALITY,
            topics=("Housing", "housing", " "),
            tags=("met in Ghent", "board"),
        ),
        ("policy-maker", "ngo"),
    ),
    (PersonData("ben@example.org", tier=Tier.EU, topics=("Mobility",)), ("ngo",)),
    (
        PersonData("cleo@example.org", organisation="City of Tilburg", tags=("board",)),
        ("funder", "ngo"),
    ),
)


def _said(emails: list[str], now: datetime) -> list[dict[str, Any]]:
    people = (
        db.session.scalars(select(Stakeholder).where(Stakeholder.email == email)).one()
        for email in emails
    )
    return [
        {
            **snapshot(person, now),
            "sort_name": person.sort_name,
            "search_text": person.search_text.replace(str(person.email), ""),
            "since": [held.since for held in person.roles],
            "created_at": person.created_at,
        }
        for person in people
    ]


def test_people_enrolled_together_are_as_those_enrolled_one_by_one(
    app: Flask, people: People, session: Session, now: datetime
) -> None:
    ring = state(app).ring
    with transaction() as writing:
        for person, roles in CROWD:
            enrol(writing, person, roles=roles, now=now, ring=ring)
    alone = _said([person.email.lower() for person, _roles in CROWD], now)
    arrivals = [
        Arrival(PersonData(**{**vars(person), "email": f"x{person.email}"}), roles, now)
        for person, roles in CROWD
    ]

    with transaction() as writing:
        made = [person.id for person in enrol_all(writing, arrivals, ring=ring)]

    together = _said([arrival.person.email.lower() for arrival in arrivals], now)
    assert [{**one, "email": f"x{one['email']}"} for one in alone] == [
        {**one, "sort_name": one["sort_name"].removeprefix("x")} if not one["name"] else one
        for one in together
    ]
    assert made == sorted(made)
    prints = [people.load(one).fingerprint for one in made]
    assert prints == [ring.fingerprint(one.person.email.lower()) for one in arrivals]


def test_a_crowd_takes_few_statements(app: Flask, people: People, now: datetime) -> None:
    ring = state(app).ring
    counts = []
    for first, size in ((0, 10), (100, 60)):
        arrivals = [
            Arrival(PersonData(f"p{n}@example.org", topics=("Housing",)), ("ngo",), now)
            for n in range(first, first + size)
        ]
        with app.app_context(), transaction() as writing, counted_statements() as seen:
            enrol_all(writing, arrivals, ring=ring)
        counts.append(len(seen))

    assert counts[0] <= 20
    assert counts[1] - counts[0] <= 50  # SQLite tells the numbers of new rows one by one


def test_a_taken_address_and_an_unknown_role_refuse_all(
    app: Flask, people: People, session: Session, now: datetime
) -> None:
    known = people.person("ada@example.org")
    ring = state(app).ring
    new, taken = PersonData("new@example.org"), PersonData("ADA@example.org")

    with pytest.raises(AlreadyThere) as caught, transaction() as writing:
        enrol_all(writing, [Arrival(new, ("ngo",), now), Arrival(taken, ("ngo",), now)], ring=ring)
    with pytest.raises(UnknownRole), transaction() as writing:
        enrol_all(writing, [Arrival(new, ("nobody",), now)], ring=ring)

    assert caught.value.stakeholder_id == known
    assert people.id_of("new@example.org") is None


def test_the_first_lines_of_new_people_are_those_the_ledger_would_write(
    people: People, session: Session, list_id: int, now: datetime
) -> None:
    alone, together = people.person(), people.person()
    at = now - timedelta(days=3)
    with transaction() as writing:
        record_consent(
            writing,
            alone,
            list_id,
            Purpose.NEWSLETTER,
            ConsentState.ACTIVE,
            basis=Basis.CONSENT,
            source="A test",
            actor="a test",
            now=at,
        )
        standing = next_standing(None, ConsentState.ACTIVE, Basis.CONSENT, at)
        append_first(
            writing,
            [
                ConsentEntry(
                    stakeholder_id=together,
                    list_id=list_id,
                    purpose=Purpose.NEWSLETTER,
                    source="A test",
                    actor="a test",
                    wording_version="",
                    wording_language="",
                    recorded_at=at,
                    **standing_columns(standing),
                )
            ],
        )

    def of(person: int) -> list[dict[str, object]]:
        entry = last_entry(session, person, list_id, Purpose.NEWSLETTER)
        consent = session.get_one(Consent, (person, list_id, Purpose.NEWSLETTER))
        rows = [
            {column.name: getattr(row, column.name) for column in row.__table__.columns}
            for row in (entry, consent)
            if row is not None
        ]
        return [{k: v for k, v in row.items() if k not in {"id", "stakeholder_id"}} for row in rows]

    assert of(together) == of(alone)
    assert len(of(alone)) == 2
    assert session.scalars(select(Stop)).all() == []
