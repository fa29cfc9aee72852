"""Importing an upload that was taken from the waiting room: at once, or by the worker."""

from dataclasses import replace
from pathlib import Path

import structlog
from flask import Flask

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.stakeholders.importing.batches import batch_of
from outreach.stakeholders.importing.memory import remember
from outreach.stakeholders.importing.running import run
from outreach.stakeholders.importing.waiting import Waiting, WaitingRoom

AT_ONCE = 5_000
"""So many rows are imported while the browser waits; more are left to the worker."""
log = structlog.get_logger()


def waiting_room(app: Flask) -> WaitingRoom:
    """Return the waiting room of an installation."""
    return WaitingRoom(Path(app.instance_path) / "imports")


def import_claimed(app: Flask, room: WaitingRoom, waiting: Waiting, claimed: Path) -> None:
    """Import a claimed file, keep its report, and delete the file."""
    try:
        batch = replace(batch_of(waiting, claimed), path=claimed)
        room.tell(waiting, 0)
        report = run(
            db.session(),
            db.engine,
            batch,
            ring=state(app).ring,
            now=now(),
            actor=waiting.actor,
            actor_id=waiting.user_id,
            refused=room.refused_file(waiting),
            progress=lambda done: room.tell(waiting, done),
        )
        with transaction() as session:
            remember(session, batch.table.header, batch.columns.fields, waiting.words, now())
    finally:
        claimed.unlink(missing_ok=True)
    room.change(waiting, report=report.as_json())


def import_queued(app: Flask) -> None:
    """Import what waits for the worker, one after the other."""
    room = waiting_room(app)
    while found := room.next_queued():
        waiting, claimed = found
        try:
            import_claimed(app, room, waiting, claimed)
        except Refusal as refusal:
            log.warning("import refused", reason=str(refusal))
            room.change(waiting, report={"problem": str(refusal), "counts": {}, "rows": 0})
