"""Looking up links before anybody follows them, so that the first to do so needs no database.

A web process leads on from memory; of a letter that nobody opened yet it would know nothing when
the database goes away. `outreach serve` looks ahead in each of its processes; another server leaves
it out, and looks links up when they are first followed.
"""

import threading
from contextlib import suppress
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from outreach.core import clock
from outreach.tracking.links import Targets
from outreach.tracking.wsgi import Tracker

LATELY = timedelta(days=60)
"""Letters sent longer ago are hardly followed any more: they are looked up when they are."""
EVERY_SECONDS = 15.0


def look_ahead(
    app: Flask, *, every_seconds: float = EVERY_SECONDS, stop: threading.Event | None = None
) -> threading.Thread:
    """Begin to look ahead in this process, now and from then on, until told to stop."""
    tracker: Tracker = app.extensions["outreach.tracker"]
    arguments = (tracker.targets, every_seconds, stop or threading.Event())
    thread = threading.Thread(target=_go_on, args=arguments, name="looking ahead", daemon=True)
    thread.start()
    return thread


def _go_on(targets: Targets, every_seconds: float, stop: threading.Event) -> None:
    while True:
        # A database that is away is told of by whoever cannot do without it.
        with suppress(SQLAlchemyError):
            targets.learn(since=clock.now() - LATELY)
        if stop.wait(every_seconds):
            return
