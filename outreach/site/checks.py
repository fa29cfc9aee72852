"""What `doctor` looks at on this machine: settings, database, disk and clock."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from outreach.core.clock import now
from outreach.core.contributions import Finding
from outreach.core.db import db
from outreach.core.leases import Job
from outreach.core.migrating import is_migrated
from outreach.core.state import state

LEAST_ROOM = 500_000_000
"""Bytes; below it a mailing's logbooks, hits and pages of the database may not find room."""
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""This program did not exist before; a clock that shows an earlier day is wrong."""
MOST_DRIFT = timedelta(minutes=1)
"""Two clocks that differ more make leases and schedules unreliable."""


def check_configuration(app: Flask) -> Iterator[Finding]:
    """Say which folder the settings were read from, and how letters are counted."""
    settings = state(app).settings
    kind = "PostgreSQL" if settings.is_postgresql else "SQLite"
    yield Finding(
        "Configuration",
        True,
        f"Read from {settings.instance} and the environment; {kind}, tracking is "
        f"“{settings.tracking.value}”.",
    )


def check_database(_app: Flask) -> Iterator[Finding]:
    """Look whether the database answers, has the newest tables and is sound."""
    try:
        is_current = is_migrated(db.session())
        fault = _fault(db.engine)
    except SQLAlchemyError as error:
        said = str(error.__cause__ or error).strip().partition("\n")[0]
        remedy = "Check OUTREACH_SQLALCHEMY_DATABASE_URI and that the server runs."
        yield Finding("Database", False, f"It does not answer: {said}", remedy)
        return
    finally:
        db.session.rollback()
    if not is_current:
        yield Finding(
            "Database", False, "Its tables are not those of this version.", "Run `outreach init`."
        )
    elif fault:
        yield Finding("Database", False, f"It is damaged: {fault}", "Restore the last backup.")
    else:
        yield Finding("Database", True, "It answers, and its tables are those of this version.")


def _fault(engine: Engine) -> str:
    """Return what SQLite's own check finds; PostgreSQL looks after itself."""
    if engine.dialect.name != "sqlite":
        return ""
    with engine.connect() as connection:
        said = str(connection.scalar(text("PRAGMA quick_check(1)")))
    return "" if said == "ok" else said


def check_disk(app: Flask) -> Iterator[Finding]:
    """Look whether there is room where the database, documents and hits are kept."""
    settings = state(app).settings
    folders = {settings.instance, settings.documents, settings.worker_folder}
    places = {_existing(folder) for folder in folders}
    tightest = min(places, key=lambda place: shutil.disk_usage(place).free)
    free = shutil.disk_usage(tightest).free
    yield Finding(
        "Disk",
        free >= LEAST_ROOM,
        f"{free / 1e9:,.1f} GB are free at {tightest}.",
        "Make room: a full disk pauses sending and loses hits.",
    )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def check_clock(_app: Flask) -> Iterator[Finding]:
    """Compare this machine's clock with the database's, and with what was written before."""
    here = now()
    remedy = "Set the clock, and keep it right with NTP."
    if here < WRITTEN:
        yield Finding("Clock", False, f"It shows {here:%Y-%m-%d}, which cannot be.", remedy)
        return
    last = db.session.scalar(select(func.max(Job.started_at)))
    if db.engine.dialect.name == "postgresql":
        there: datetime = db.session.scalars(select(func.clock_timestamp())).one()
    else:
        there = here
    db.session.rollback()
    drift = abs(there - here)
    if drift > MOST_DRIFT:
        yield Finding("Clock", False, f"It is {drift} off the database server's.", remedy)
    elif last is not None and last > here + MOST_DRIFT:
        yield Finding("Clock", False, f"A worker ran at {last:%Y-%m-%d %H:%M} UTC, later.", remedy)
    else:
        yield Finding("Clock", True, f"It shows {here:%Y-%m-%d %H:%M} UTC.")
