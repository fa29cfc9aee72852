"""Reading the mailbox once a minute, by one worker at a time; also files and folders of mail."""

import mailbox as formats
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError

from outreach.core.clock import now
from outreach.core.config import Settings
from outreach.core.db import db, transaction
from outreach.core.leases import claim_tick
from outreach.core.signing import Signer
from outreach.core.state import state
from outreach.inbox.mailbox import Mailbox, MailboxAway, open_mailbox
from outreach.inbox.models import InboundKind
from outreach.inbox.outages import end_outage, note_outage, outage
from outreach.inbox.queries import WAS_READ
from outreach.inbox.taking import quarantine, take_in
from outreach.mailings.outlet import installation_sender

log = structlog.get_logger()
EVERY = timedelta(minutes=1)
KNOWN = "known"
"""Counts messages that were taken in before."""


def read_mailbox(app: Flask) -> None:
    """Take in what is unread, if a mailbox is set and nobody else is at it."""
    here = state(app)
    if not here.settings.inbox_server:
        return
    with transaction(db.engine) as writing:
        if not claim_tick(writing, "inbox.read", now=now(), every=EVERY):
            return
    try:
        with open_mailbox(here.settings) as box:
            found = take_unread(box, here.signer)
    except MailboxAway as error:
        log.warning("the mailbox waits", reason=str(error))
        _note_outage(here.settings, error)
        return
    _note_reading(here.settings.base_url)
    if found:
        log.info("mail taken in", **found)


def _note_outage(settings: Settings, error: MailboxAway) -> None:
    can_tell = settings.can_send and bool(installation_sender(settings).email)
    with transaction() as session:
        note_outage(
            session,
            error.message,
            error.remedy,
            can_tell=can_tell,
            base_url=settings.base_url,
            now=now(),
        )


def _note_reading(base_url: str) -> None:
    """Note that it was read to its end; only an outage, which is rare, costs a second writing."""
    with transaction(db.engine) as writing:
        claim_tick(writing, WAS_READ, now=now(), every=timedelta(0))
    is_over = outage(db.session()) is not None
    db.session.rollback()
    if is_over:
        with transaction() as session:
            end_outage(session, base_url=base_url, now=now())


def take_unread(box: Mailbox, signer: Signer) -> Counter[str]:
    """Take in every unread message; each is marked only once it is stored. Returns counts."""
    counts = Counter[str]()
    for uid, raw in box.unread():
        counts[take(raw, signer)] += 1
        box.mark(uid)
    return counts


def take(raw: bytes, signer: Signer) -> str:
    """Take in one message in a transaction of its own; returns its kind.

    One that cannot be is quarantined at once, so that the next ones do not wait behind it (B9).
    """
    try:
        with transaction() as session:
            mail = take_in(session, raw, signer=signer, now=now())
            kind: InboundKind | None = mail.kind if mail else None
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is no message's own
    except Exception as error:
        log.exception("a message cannot be taken in")
        with transaction() as session:
            mail = quarantine(session, raw, error, now=now())
            kind = mail.kind if mail else None
    return kind.value if kind else KNOWN


def messages_in(path: Path) -> Iterator[bytes]:
    """Give the messages of a Maildir, a folder of .eml files, an mbox or a single message.

    As they are, octet by octet: whoever parses and writes them again stops at the first broken one.
    """
    if (path / "cur").is_dir():
        for folder in (path / "new", path / "cur"):
            if folder.is_dir():
                yield from _files_in(folder)
    elif path.is_dir():
        yield from _files_in(path)
    elif path.read_bytes()[:5] == b"From ":
        with closing(formats.mbox(path, create=False)) as box:
            yield from (box.get_bytes(key) for key in box.keys())  # noqa: SIM118 - it parses else
    else:
        yield path.read_bytes()


def _files_in(folder: Path) -> Iterator[bytes]:
    yield from (file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())
