"""The mailbox on an IMAP server: unread messages out, a mark when they are safe with us."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls
from imap_tools.query import AND

from outreach.core.config import Settings
from outreach.core.errors import Refusal

TLS_PORT = 993
PATIENCE = 30
MOST = 500
"""Messages taken in one go."""


class MailboxAway(Refusal):
    """The mailbox cannot be read; the message says what to look at."""

    status = 503


class Mailbox(Protocol):
    """Where messages come from."""

    def unread(self) -> Iterator[tuple[str, bytes]]: ...
    def mark(self, uid: str) -> None: ...


class ImapMailbox:
    """Unread messages of the inbox; nothing is ever deleted."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Give (uid, raw octets), without marking anything."""
        for uid in self._box.uids(AND(seen=False))[:MOST]:
            _, parts = self._box.client.uid("fetch", uid, "(BODY.PEEK[])")
            octets = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if isinstance(octets, bytes):
                yield uid, octets

    def mark(self, uid: str) -> None:
        """Mark a message as read, once it is stored."""
        self._box.flag([uid], ["\\Seen"], value=True)


@contextmanager
def open_mailbox(settings: Settings) -> Iterator[ImapMailbox]:
    """Sign in in private; raises MailboxAway."""
    context = ssl.create_default_context()
    where = f"{settings.inbox_server}:{settings.inbox_port}"
    try:
        if settings.inbox_port == TLS_PORT:
            box: BaseMailBox = MailBox(
                settings.inbox_server, TLS_PORT, timeout=PATIENCE, ssl_context=context
            )
        else:
            box = MailBoxStartTls(
                settings.inbox_server, settings.inbox_port, timeout=PATIENCE, ssl_context=context
            )
        with box.login(settings.inbox_username, settings.inbox_password) as opened:
            yield ImapMailbox(opened)
    except (OSError, ImapToolsError) as error:
        raise MailboxAway(
            f"The mailbox at {where} cannot be read: {error}.",
            "Check OUTREACH_INBOX_SERVER, _PORT, _USERNAME and _PASSWORD.",
        ) from error
