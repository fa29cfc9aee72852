"""PostgreSQL is told of many new people at once, and nothing depends on it."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from outreach.core.db import db
from outreach.core.lookups import learn
from outreach.stakeholders.models import Stakeholder
from tests.stakeholders.factories import People

ESTIMATE = text("SELECT reltuples FROM pg_class WHERE relname = 'stakeholder'")
pytestmark = pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)


def test_what_is_learned_is_how_many_people_there_are(people: People, session: Session) -> None:
    for _ in range(3):
        people.person()

    learn(db.engine, Stakeholder)

    assert session.scalar(ESTIMATE) == 3


def test_a_server_that_does_not_let_us_look_fails_no_import(session: Session) -> None:
    options = {"options": "-c statement_timeout=100ms"}
    impatient = create_engine(db.engine.url, connect_args=options)
    with db.engine.connect() as other, capture_logs() as said:
        other.execute(text("LOCK TABLE stakeholder IN SHARE UPDATE EXCLUSIVE MODE"))

        learn(impatient, Stakeholder)

    impatient.dispose()
    assert [line["event"] for line in said] == ["left to PostgreSQL to learn of new rows"]
