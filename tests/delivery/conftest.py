"""The delivery room's own fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from outreach.core.db import db, transaction
from outreach.delivery.figures import Drift, recount
from outreach.delivery.models import Dispatch
from tests.delivery.kit import Kit
from tests.factories import Factory
from tests.mail.smtp_server import smtp_server

__all__ = ["kit", "smtp_server"]


@pytest.fixture
def kit(app: Flask, make: Factory, database_uri: str, tmp_path: Path) -> Iterator[Kit]:
    """Makes mailings with their people, and tells what became of them.

    Whatever a test did to letters, their figures must have moved along.
    """
    yield Kit(app, make, database_uri, tmp_path)
    assert drifts(app) == []


def drifts(app: Flask) -> list[Drift]:
    """Return where figures and deliveries of any mailing disagree."""
    with app.app_context(), transaction(db.engine) as connection:
        dispatched = connection.scalars(select(Dispatch.mailing_id)).all()
        return [one for mailing_id in dispatched for one in recount(connection, mailing_id)]
