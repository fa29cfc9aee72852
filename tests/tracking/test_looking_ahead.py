"""Looking ahead goes on for as long as its process lives, whatever the database does."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from outreach.core import clock
from outreach.tracking.links import Targets
from outreach.tracking.looking_ahead import look_ahead
from outreach.tracking.wsgi import init_tracking


def test_it_goes_on_when_the_database_was_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    init_tracking(app)
    asked: list[datetime] = []
    stop = threading.Event()

    def learn(_targets: Targets, since: datetime) -> None:
        asked.append(since)
        if len(asked) == 1:
            raise OperationalError("SELECT", {}, Exception("away"))
        stop.set()

    monkeypatch.setattr(Targets, "learn", learn)

    thread = look_ahead(app, every_seconds=0.01, stop=stop)
    thread.join(10)

    assert thread.daemon
    assert not thread.is_alive()
    assert len(asked) == 2
    assert timedelta(days=59) < clock.now() - asked[0] < timedelta(days=61)
