"""What `doctor` looks at where mail comes back."""

from collections.abc import Iterator

from flask import Flask

from outreach.core.contributions import Finding
from outreach.core.state import state
from outreach.inbox.mailbox import MailboxAway, open_mailbox

PATIENCE = 5
"""Seconds; whoever waits for a doctor's answer wants it now."""
SUBJECT = "Mailbox"


def check_mailbox(app: Flask) -> Iterator[Finding]:
    """Sign in to the mailbox of bounces and replies as its reader would; nothing is read."""
    settings = state(app).settings
    if not settings.inbox_server:
        if settings.inbox_address:
            yield Finding(
                SUBJECT,
                False,
                f"Bounces and replies go to {settings.inbox_address}, which nobody reads.",
                "Set OUTREACH_INBOX_SERVER and its sisters, or take them in with “outreach inbox "
                "import”.",
            )
        return
    try:
        with open_mailbox(settings, patience=PATIENCE):
            pass
    except MailboxAway as error:
        yield Finding(SUBJECT, False, error.message, error.remedy)
        return
    who = f"{settings.inbox_username} may sign in"
    yield Finding(SUBJECT, True, f"{settings.inbox_server}:{settings.inbox_port} answers; {who}.")
