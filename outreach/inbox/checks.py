"""What `doctor` looks at where mail comes back."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from outreach.core.clock import now
from outreach.core.contributions import Finding
from outreach.core.db import db
from outreach.core.state import state
from outreach.inbox.mailbox import MailboxAway, open_mailbox
from outreach.inbox.models import InboundMail
from outreach.inbox.outages import outage

PATIENCE = 5
"""Seconds; whoever waits for a doctor's answer wants it now."""
SUBJECT = "Mailbox"
SEEN_LATELY = timedelta(days=30)
"""Whoever takes in files does so more often than that, if anything comes back at all."""


def check_mailbox(app: Flask) -> Iterator[Finding]:
    """Sign in to the mailbox of bounces and replies as its reader would; nothing is read."""
    settings = state(app).settings
    if not settings.inbox_server:
        if settings.inbox_address:
            yield _without_server(settings.inbox_address)
        return
    try:
        with open_mailbox(settings, patience=PATIENCE):
            pass
    except MailboxAway as error:
        yield Finding(SUBJECT, False, error.message + _since(), error.remedy)
        return
    who = f"{settings.inbox_username} may sign in"
    yield Finding(SUBJECT, True, f"{settings.inbox_server}:{settings.inbox_port} answers; {who}.")


def _since() -> str:
    """Say since when its reader has failed to read it, if it has."""
    found = outage(db.session())
    db.session.rollback()
    return f" So it has been since {found.since:%Y-%m-%d %H:%M} UTC." if found else ""


def _without_server(address: str) -> Finding:
    """Say whether somebody takes in files of mail instead."""
    last = db.session.scalar(select(func.max(InboundMail.received_at)))
    db.session.rollback()
    if last is not None and now() - last < SEEN_LATELY:
        return Finding(SUBJECT, True, f"Mail was taken in from files on {last:%Y-%m-%d}.")
    return Finding(
        SUBJECT,
        False,
        f"Bounces and replies go to {address}, which nobody reads.",
        "Set OUTREACH_INBOX_SERVER and its sisters, or take them in with “outreach inbox import”.",
    )
