"""Fixtures of the room."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from outreach.core import clock
from outreach.core.db import db
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.models.marks import marks_at
from tests.factories import Factory
from tests.stakeholders.factories import People


@pytest.fixture
def people(app: Flask, make: Factory, now: datetime) -> People:
    """Makes people with roles and consents; the nine roles are there."""
    return People(app, make, now=now)


@pytest.fixture
def list_id(people: People) -> int:
    """A project's list."""
    return people.a_list()


@pytest.fixture(autouse=True)
def _marks_agree(request: pytest.FixtureRequest) -> Iterator[None]:
    """After whatever a test did to people, each one's marks tell the roles of their terms."""
    if "app" not in request.fixturenames:
        yield
        return
    app: Flask = request.getfixturevalue("app")
    yield
    with app.app_context():
        is_other = marks_at(clock.now()).is_distinct_from(Stakeholder.role_marks)
        marked = select(Stakeholder.id).where(Stakeholder.role_marks.is_not(None), is_other)
        assert db.session.scalars(marked).all() == []
