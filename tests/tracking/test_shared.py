"""Where even counting without a link to a person needs consent: tokens shared by a whole group."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.dashboards.queries import mailing_report
from outreach.tracking.models import GroupFigure, Hit, Reader
from outreach.tracking.rebuild import rebuild
from outreach.tracking.wsgi import init_tracking
from tests.factories import Factory
from tests.tracking.factories import CHROME, Sent
from tests.tracking.sending import sent_mailing


@pytest.fixture
def shared(app: Flask, make: Factory, now: datetime) -> Sent:
    """Letters 1 to 6 carry one token, 7 and 8 their own."""
    return sent_mailing(app, make, now, mode=TrackingMode.SHARED)


def read(shared: Sent, address: str, link: int = 1, agent: str = CHROME) -> None:
    """Follow a link of the group's letters, as somebody behind an address."""
    client: FlaskClient = shared.app.test_client()
    client.environ_base.update(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    token = shared.signer.shared(shared.mailing_id, 1)
    client.get(f"/t/c/{token}/{link}")


def test_visits_are_told_apart_and_letters_are_not(shared: Sent, session: Session) -> None:
    read(shared, "127.0.0.2")
    read(shared, "127.0.0.2", link=2)
    read(shared, "127.0.0.3")
    shared.apply()
    shared.apply(shared.click(1, delivery=7, is_personal=True))
    init_tracking(shared.app).writer.close()

    report = mailing_report(session, shared.mailing_id)

    assert shared.figure(GroupFigure, "visits", group_no=1) == 2
    assert shared.figure(GroupFigure, "clicked", group_no=1) == 0
    assert {(hit["number"], hit["is_letter"]) for hit in shared.rows(Hit)} == {
        (None, False),
        (7, True),
    }
    assert report.all.visits == 3
    assert report.all.clicked is None
    assert (report.agreed.clicked, report.agreed.sent) == (1, 2)
    assert rebuild(shared.engine, shared.mailing_id) == []


def test_nothing_stored_tells_two_readers_of_a_group_apart_later(shared: Sent) -> None:
    read(shared, "127.0.0.2")
    first = init_tracking(shared.app)
    shared.app.extensions.pop("outreach.tracker")
    first.writer.close()
    init_tracking(shared.app)  # as after a restart
    read(shared, "127.0.0.2")
    init_tracking(shared.app).writer.close()

    shared.apply()

    keys = [reader["key"] for reader in shared.rows(Reader)]
    assert len(set(keys)) == 2
    assert shared.figure(GroupFigure, "visits") == 2
