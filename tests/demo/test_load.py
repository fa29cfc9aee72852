"""The demo: complete, made up where it must be, and loaded once."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from outreach.core.db import db
from outreach.demo.load import OFFICER, PARTNER, is_loaded, load
from outreach.demo.people import COUNT, people
from outreach.mailings.models import Mailing, MailingState
from outreach.results.models import DocumentVersion
from outreach.stakeholders.models import Consent, ConsentState, Purpose, Stakeholder
from tests.conftest import NOON


def test_the_people_are_always_the_same_and_cannot_be_mailed() -> None:
    crowd = people()

    assert crowd == people()
    assert len({person.email for person in crowd}) == COUNT >= 400
    assert all(person.email.endswith(".example.org") for person in crowd)
    assert len({person.roles[0] for person in crowd}) == 9
    assert {person.tier for person in crowd} >= {"municipality", "region", "country", "eu"}
    assert len({person.language for person in crowd}) == 6


def test_it_loads_the_project_its_people_and_a_draft(app: Flask) -> None:
    with app.app_context():
        assert not is_loaded()
        load(app, now=NOON)

        assert is_loaded()
        assert db.session.scalar(select(func.count()).select_from(Stakeholder)) == COUNT
        drafts = select(Mailing.title).where(Mailing.state == MailingState.DRAFT)
        assert db.session.scalars(drafts).all() == ["Socially smart cities"]
        assert db.session.scalar(select(func.count(DocumentVersion.sha256))) == 2
        measured = select(func.count()).where(
            Consent.purpose == Purpose.MEASUREMENT, Consent.state == ConsentState.ACTIVE
        )
        assert 0.07 * COUNT < (db.session.scalar(measured) or 0) < 0.14 * COUNT


def test_one_click_signs_in_on_loopback_only(app: Flask, visitor: FlaskClient) -> None:
    with app.app_context():
        load(app, now=NOON)

    inside = visitor.post("/demo/sign-in", data={"email": OFFICER})
    outside = app.test_client().post(
        "/demo/sign-in",
        data={"email": OFFICER},
        environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
    )
    foreign_form = app.test_client().post(
        "/demo/sign-in", data={"email": PARTNER}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert inside.status_code == 302
    assert outside.status_code == foreign_form.status_code == 404
    assert visitor.get("/staff/overview").status_code == 200


def test_without_the_demo_there_is_no_one_click(visitor: FlaskClient) -> None:
    assert visitor.get("/demo").status_code == 404
    assert visitor.post("/demo/sign-in", data={"email": OFFICER}).status_code == 404
