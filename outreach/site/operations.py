"""What a supervisor asks: is it alive, and is it ready to work."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Flask, Response, jsonify
from sqlalchemy import func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.leases import Job, claim_tick
from outreach.core.migrating import is_migrated
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mailings.models import Mailing, MailingState
from outreach.site.blueprint import blueprint
from outreach.web.access import public

WORKER_SILENCE = timedelta(minutes=2)
"""A worker says every 30 seconds that it is there; after this long it is gone, not only busy."""
SIGN_OF_LIFE = timedelta(seconds=30)


@blueprint.get("/health")
@public
def health() -> Response:
    """Say that the process answers; looks at nothing else."""
    return Response("ok", mimetype="text/plain")


@blueprint.get("/ready")
@public
def ready() -> tuple[Response, int]:
    """Say of each part whether it is ready; 503 unless all are."""
    parts = readiness(db.session(), now=now())
    is_ready = all(state == "ok" for state in parts.values())
    return jsonify(ready=is_ready, parts=dict(parts)), 200 if is_ready else 503


def readiness(session: Session, *, now: datetime) -> Mapping[str, str]:
    """Return "ok" or what is wrong for database, migrations and worker; nothing about why.

    The reasons stand in the log and in `outreach doctor`: this page is open to everybody.
    """
    try:
        return {
            "database": "ok",
            "migrations": "ok" if is_migrated(session) else "behind",
            "worker": "ok" if not _is_due(session, now) or _is_working(session, now) else "silent",
        }
    except SQLAlchemyError:
        session.rollback()
        return {"database": "away", "migrations": "unknown", "worker": "unknown"}


def _is_due(session: Session, now: datetime) -> bool:
    """Say whether a mailing or a single letter waits for a worker, or a mailing is under way."""
    late = now - WORKER_SILENCE
    is_late = (Mailing.state == MailingState.SCHEDULED) & (Mailing.due_at <= late)
    mailings = select(Mailing.id).where(or_(is_late, Mailing.state == MailingState.SENDING))
    letters = select(OutboxLetter.id).where(
        OutboxLetter.state == OutboxState.QUEUED, OutboxLetter.next_try_at <= late
    )
    return any(session.scalar(waits.limit(1)) is not None for waits in (mailings, letters))


def tell_alive(app: Flask) -> None:
    """Write down that a worker runs; several on one database share the line."""
    with app.app_context(), transaction(db.engine) as connection:
        claim_tick(connection, "worker.alive", now=now(), every=SIGN_OF_LIFE)


def _is_working(session: Session, now: datetime) -> bool:
    seen: datetime | None = session.scalar(select(func.max(Job.started_at)))
    return seen is not None and seen > now - WORKER_SILENCE
