"""One mailing sent by one worker: prepared once, then offered to one server after the other."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.config import TrackingMode
from outreach.core.db import db
from outreach.core.state import State, state
from outreach.delivery.breaker import Trouble
from outreach.delivery.composing import Circumstances, Composer
from outreach.delivery.leases import has_due
from outreach.delivery.logbook import take_free_directory
from outreach.delivery.models import Dispatch, MailingKey
from outreach.delivery.outlets import for_probe, in_the_name_of, options_for, permits_of, relays_of
from outreach.delivery.sender import Assignment, Sender, SenderOptions
from outreach.delivery.waves import due_up_to, moments_of, waves_of
from outreach.mail.dkim import signer_of
from outreach.mail.returning import watched_for_return
from outreach.mail.server import SmtpSettings
from outreach.mailings.freezing import thaw
from outreach.mailings.models import Mailing, MailingRevision

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run."""

    accepted: int
    """Letters that servers took."""
    trouble: Trouble | None
    """Why it ended before everything was sent."""
    is_probe: bool = False
    """Whether only a few letters were to show that it goes on."""


@dataclass(frozen=True)
class _Prepared:
    composer: Composer
    list_id: int
    begun_at: datetime
    last: int
    is_probe: bool


def send(
    app: Flask,
    mailing_id: int,
    *,
    stop: threading.Event,
    options: SenderOptions | None,
    is_turn_over: Callable[[], bool],
    tell_taken: Callable[[list[str]], None],
) -> Ran | None:
    """Send all of a mailing that is due, or until its turn is over; None when nothing is due.

    A server that fails is passed over; only when all do, the trouble is the mailing's. One that
    will be over by itself is preferred to one that needs a person. While a later server is used
    the earlier ones are looked at: once one of them is well the run ends, the next begins there.
    `tell_taken` is called as soon as a server takes letters, which it may do for hours, with what
    was said by those in whose place it does.
    """
    with app.app_context():
        prepared = _prepare(db.session(), mailing_id, state(app))
        db.session.rollback()
    if prepared is None:
        return None
    relays, accepted, failed = relays_of(app), 0, list[Trouble]()
    for server in relays.in_order():
        with watched_for_return(relays, server) as is_better_back:
            sender = _run(
                app,
                mailing_id,
                prepared,
                server,
                stop=stop,
                options=options,
                leave=_either(is_better_back, is_turn_over),
                begun=once(partial(tell_taken, [one.message for one in failed])),
            )
        accepted += sender.accepted
        if sender.trouble is None or not sender.trouble.is_servers:
            relays.works(server)
            return Ran(accepted, sender.trouble, is_probe=prepared.is_probe)
        relays.pass_over(server)
        failed.append(sender.trouble)
        if stop.is_set():
            break
    trouble = min(failed, key=lambda one: one.is_lasting)
    return Ran(accepted, trouble, is_probe=prepared.is_probe)


def _either(*questions: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: any(is_so() for is_so in questions)


def once(act: Callable[[], None]) -> Callable[[], None]:
    """Return what does something the first time it is called, or until that succeeds."""
    waiting = [act]

    def act_once() -> None:
        for each in waiting:
            each()
        waiting.clear()

    return act_once


def _run(
    app: Flask,
    mailing_id: int,
    prepared: _Prepared,
    server: SmtpSettings,
    *,
    stop: threading.Event,
    options: SenderOptions | None,
    leave: Callable[[], bool],
    begun: Callable[[], None],
) -> Sender:
    """Send by one server; `begun` is called while or after it takes letters, if it takes any."""

    def look() -> bool:
        if sender.accepted:
            begun()
        return leave()

    settings = state(app).settings
    with app.app_context():
        engine = db.engine
    with take_free_directory(settings.worker_folder) as logbook:
        assignment = Assignment(
            mailing_id=mailing_id,
            list_id=prepared.list_id,
            begun_at=prepared.begun_at,
            worker=f"{host_name(settings.worker_folder)}/{logbook.name}",
            composer=prepared.composer,
            settings=server,
            last=prepared.last,
        )
        chosen = in_the_name_of(
            options or options_for(settings, server), assignment.composer.sender
        )
        sender = Sender(
            engine,
            assignment,
            logbook,
            stop=stop,
            options=for_probe(chosen) if prepared.is_probe else chosen,
            leave=look,
            slots=permits_of(app, server),
        )
        sender.run()
    if sender.accepted:
        begun()
    return sender


def host_name(folder: Path) -> str:
    """Name this host's worker folder, so that its leases are told from other hosts'."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "host"
    if not path.exists():
        draft = folder / f".host-{secrets.token_hex(4)}"
        draft.write_text(secrets.token_hex(8), encoding="ascii")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process of this host was faster; its name counts
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


def _prepare(session: Session, mailing_id: int, here: State) -> _Prepared | None:
    found = session.execute(
        select(Mailing, Dispatch, MailingRevision, MailingKey)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .join(MailingRevision, MailingRevision.id == Mailing.revision_id)
        .outerjoin(MailingKey, MailingKey.mailing_id == Mailing.id)
        .where(Mailing.id == mailing_id)
    ).one_or_none()
    if found is None:
        return None
    mailing, dispatch, revision, key = found
    moment = now()
    waves = waves_of(session, mailing_id)
    last = due_up_to(waves, dispatch.recipients, moment)
    if not has_due(session.connection(), mailing_id, last, now=moment):
        return None
    gone = [wave for wave in waves if wave.hi <= last]
    around = Circumstances(
        mailing_id=mailing_id,
        tracking=TrackingMode(dispatch.tracking),
        begun_at=dispatch.fanned_out_at,
        mailing_key=key.key if key else None,
        bounce_address=here.settings.inbox_address,
        is_caught=here.settings.catcher,
        dkim=signer_of(here.settings.dkim_file) if here.settings.dkim else None,
        winner=dispatch.winner,
        waves=moments_of(waves, dispatch.fanned_out_at),
    )
    composer = Composer(thaw(revision), around, here.signer)
    begun = [dispatch.tried_since or dispatch.fanned_out_at, *(each.due_at for each in gone)]
    begun_at = max(filter(None, begun))
    return _Prepared(composer, mailing.list_id, begun_at, last, is_probe=mailing.probes > 0)
