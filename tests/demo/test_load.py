"""The demo: complete, made up where it must be, loaded wholly and once."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.state import state
from outreach.dashboards.queries import mailing_report
from outreach.dashboards.snapshots import Tables, newest_snapshot
from outreach.delivery.models import Dispatch, MailingKey
from outreach.demo.load import is_loaded, load
from outreach.demo.people import COUNT, people
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.outlet import installation_sender
from outreach.mailings.preflight import check
from outreach.projects.models import Project
from outreach.questions.models import Question, QuestionState
from outreach.results.models import DocumentVersion
from outreach.stakeholders.models import Consent, ConsentState, Purpose, Stakeholder
from outreach.tracking.models import Hit, HitLabel
from outreach.tracking.rebuild import rebuild
from tests.conftest import NOON

pytestmark = pytest.mark.xdist_group("demo")
"""The demo is loaded once for all tests of one process."""


def test_the_people_are_always_the_same_and_cannot_be_mailed() -> None:
    crowd = people()

    assert crowd == people()
    assert len({person.email for person in crowd}) == COUNT >= 400
    assert all(person.email.endswith(".example.org") for person in crowd)
    assert len({person.roles[0] for person in crowd}) == 9
    assert {person.tier for person in crowd} >= {"municipality", "region", "country", "eu"}
    assert len({person.language for person in crowd}) == 6


def test_it_holds_the_project_its_people_and_a_draft_that_could_leave(demo: Flask) -> None:
    with demo.app_context():
        session = db.session()
        assert session.scalar(select(func.count()).select_from(Stakeholder)) == COUNT
        assert session.scalar(select(func.count(DocumentVersion.sha256))) == 2
        measured = select(func.count()).where(
            Consent.purpose == Purpose.MEASUREMENT, Consent.state == ConsentState.ACTIVE
        )
        assert 0.07 * COUNT < (session.scalar(measured) or 0) < 0.14 * COUNT
        draft = session.scalars(select(Mailing).where(Mailing.state == MailingState.DRAFT)).one()
        settings = state(demo).settings
        report = check(
            session,
            draft,
            sender=installation_sender(settings),
            base_url=settings.base_url,
            can_send=settings.can_send,
            now=now(),
        )
        assert report.blocks == ()
        assert report.audience.recipients > 200


def test_the_sent_mailing_was_read_as_the_figures_say(demo: Flask) -> None:
    with demo.app_context():
        session = db.session()
        sent = session.scalars(select(Mailing).where(Mailing.state == MailingState.SENT)).one()
        report = mailing_report(session, sent.id)
        labels = dict(session.execute(select(Hit.label, func.count()).group_by(Hit.label)).all())
        last = session.scalar(select(func.max(Hit.at)))

        assert rebuild(db.engine, sent.id) == []
        assert session.get(MailingKey, sent.id) is None
        assert session.get_one(Dispatch, sent.id).settled_at is not None
        assert last is not None
        assert sent.finished_at is not None
        assert sent.finished_at < last < now()
        for role in report.rows:
            assert role.figures.sent >= (role.figures.engaged or 0) > 0, role.label
        assert report.agreed.sent > 20
        assert labels[HitLabel.MACHINE] > 50
        assert labels[HitLabel.HUMAN] > 200


def test_questions_were_asked_answered_and_two_still_wait(demo: Flask) -> None:
    with demo.app_context():
        states = db.session.scalars(select(Question.state)).all()
        letters = db.session.scalars(select(OutboxLetter.state)).all()

        assert len(states) == 15
        assert states.count(QuestionState.NEW) == 2
        assert set(letters) == {OutboxState.ACCEPTED}


def test_the_partner_sees_most_of_the_first_table(demo: Flask) -> None:
    with demo.app_context():
        project_id = db.session.scalars(select(Project.id)).one()
        snapshot = newest_snapshot(db.session(), project_id)
        assert snapshot is not None
        cells = [cell for row in Tables.from_json(snapshot.tables).by_role for cell in row[1:]]

        assert len(cells) >= 30
        assert sum(isinstance(cell, int) for cell in cells) >= 0.8 * len(cells)


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_it_loads_once_on_postgresql_too(app: Flask) -> None:
    with app.app_context():
        assert not is_loaded()
        load(app, now=NOON)
        load(app, now=NOON)

        assert is_loaded()
        assert db.session.scalar(select(func.count()).select_from(Stakeholder)) == COUNT
        sent = db.session.scalars(select(Mailing.id).order_by(Mailing.id)).first() or 0
        assert rebuild(db.engine, sent) == []
