"""What the worker's tick does: promises that are due become deliveries, deliveries become letters.

`run_due` may run in any number of processes: mailings are moved by conditional updates, letters
are leased, and what a killed process left behind is replayed from its logbook first.
"""

import threading
import time
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import InterfaceError, OperationalError

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import ConfigurationError
from outreach.core.state import state
from outreach.delivery.beginning import begin_due, hold_missed
from outreach.delivery.breaker import UNEXPECTED, Trouble
from outreach.delivery.heeding import (
    QUIET,
    Quiet,
    heed,
    hush,
    tell_leaving,
    tell_passed_over,
    try_paused,
)
from outreach.delivery.leases import holds_any, release, take_over_expired
from outreach.delivery.logbook import left_behind
from outreach.delivery.models import Delivery, Dispatch, is_waiting
from outreach.delivery.running import host_name, send
from outreach.delivery.sender import SenderOptions
from outreach.delivery.settling import ACTOR, cancel_waiting, close_dispatch, settle_replayed
from outreach.delivery.turns import CANCELLED, Turn
from outreach.mail.pace import pace_of
from outreach.mailings import schedule
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingState

log = structlog.get_logger()
REPLAYED, REPLAY_SECONDS = "delivery_replayed", 5.0


def run_due(app: Flask, *, stop: threading.Event, options: SenderOptions | None = None) -> bool:
    """Do all sending that is due now; says whether any mailing was worked on."""
    here, engine = state(app), _engine(app)
    folder = here.settings.worker_folder
    _replay_in_time(app, engine, folder)
    with app.app_context():
        begun = begin_due(here, engine)
        hold_missed()
        ended = _end_cancelled()
        tried = try_paused()
    worked = bool(begun or ended or tried)
    quiet: Quiet = app.extensions.setdefault(QUIET, {})
    hours = (options.pace if options else pace_of(here.settings)).quiet
    for mailing_id in _sending(engine, quiet):
        if stop.is_set():
            break
        if hours and (until := hours.until(now())):
            with app.app_context():
                hush(mailing_id, hours, until, quiet)
            continue
        worked = _send_or_pause(app, mailing_id, stop, options) or worked
    with app.app_context():
        _finish()
    return worked


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def _replay_in_time(app: Flask, engine: Engine, folder: Path) -> None:
    """Replay at the start and every few seconds: whoever is killed comes back, or another does."""
    last = app.extensions.get(REPLAYED)
    if last is None or time.monotonic() - last >= REPLAY_SECONDS:
        _replay(engine, folder)
        app.extensions[REPLAYED] = time.monotonic()


def _replay(engine: Engine, folder: Path) -> None:
    """Settle what ended processes of this host knew, and free what lost hosts held."""
    host = host_name(folder)
    for book in left_behind(folder):
        worker = f"{host}/{book.name}"
        if book.is_empty and not holds_any(engine, worker):
            continue
        with transaction(engine) as writing:
            settle_replayed(writing, book.marks(), now=now())
            release(writing, worker)
        book.clear()
    with transaction(engine) as writing:
        take_over_expired(writing, now=now(), keep_host=host)


def _sending(engine: Engine, quiet: Quiet) -> list[int]:
    moment = now()
    with engine.connect() as reading:
        found = reading.scalars(
            select(Mailing.id)
            .join(Dispatch, Dispatch.mailing_id == Mailing.id)
            .where(Mailing.state == MailingState.SENDING, Dispatch.settled_at.is_(None))
            .order_by(Mailing.due_at)
        ).all()
    return [one for one in found if one not in quiet or quiet[one][1] <= moment]


def _send_or_pause(
    app: Flask, mailing_id: int, stop: threading.Event, options: SenderOptions | None
) -> bool:
    """Send one mailing; one that cannot be sent is paused and keeps no other one waiting."""
    try:
        return _send(app, mailing_id, stop, options)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is no mailing's own
    except ConfigurationError as error:
        trouble = Trouble(str(error), is_lasting=True)
    except Exception:
        log.exception("a mailing cannot be sent", mailing=mailing_id)
        trouble = UNEXPECTED
    base_url = state(app).settings.base_url
    with app.app_context():
        heed(mailing_id, trouble, app.extensions[QUIET], base_url=base_url)
    return False


def _send(
    app: Flask, mailing_id: int, stop: threading.Event, options: SenderOptions | None
) -> bool:
    quiet: Quiet = app.extensions[QUIET]
    turn = Turn(
        _engine(app),
        mailing_id,
        is_left_alone=lambda other: other in quiet and quiet[other][1] > now(),
        tidy=lambda: _replay_in_time(app, _engine(app), state(app).settings.worker_folder),
    )

    def tell(said: list[str]) -> None:
        with app.app_context():
            tell_passed_over(mailing_id, said)
            tell_leaving(mailing_id)

    ran = send(
        app,
        mailing_id,
        stop=stop,
        options=options,
        is_turn_over=turn.is_over,
        tell_taken=tell,
    )
    if ran is None:
        return False
    if ran.accepted and mailing_id in quiet:
        # A server that takes letters and then wants a pause is not one that is away.
        quiet[mailing_id] = (0, quiet[mailing_id][1])
    with app.app_context():
        heed(
            mailing_id,
            ran.trouble,
            quiet,
            base_url=state(app).settings.base_url,
            has_passed=ran.is_probe and ran.accepted > 0,
        )
    return True


def _end_cancelled() -> list[int]:
    found = list(db.session.scalars(CANCELLED))
    if found:
        with transaction() as session:
            for mailing_id in found:
                cancel_waiting(session.connection(), mailing_id, now=now())
            close_dispatch(session.connection(), found, now=now())
    db.session.rollback()
    return found


def _finish() -> None:
    """Mailings without a letter left to send are sent; their keys are destroyed."""
    is_open = exists(
        select(Delivery.number)
        .where(Delivery.mailing_id == Mailing.id, is_waiting())
        .correlate(Mailing)
    )
    done = (
        select(Mailing.id)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(Mailing.state == MailingState.SENDING, Dispatch.settled_at.is_(None), ~is_open)
    )
    for mailing_id in list(db.session.scalars(done)):
        with transaction() as session:
            mailing = session.get_one(Mailing, mailing_id)
            schedule.claim(session, mailing)
            if mailing.state is MailingState.SENDING:
                mailing.move_to(MailingState.SENT, now=now())
                mailing.finished_at = now()
                note(session, mailing, Act.FINISHED, actor=ACTOR, now=now())
                close_dispatch(session.connection(), [mailing_id], now=now())
    db.session.rollback()
