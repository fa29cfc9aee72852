"""Fixtures of the room."""

from datetime import datetime

import pytest
from flask import Flask

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
