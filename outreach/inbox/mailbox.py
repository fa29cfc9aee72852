"""The mailbox on an IMAP server: unread messages out, a mark when they are safe with us."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4
from typing import Protocol

from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.query import AND

from outreach.core.config import Settings
from outreach.core.errors import Refusal
from outreach.mail.oauth import OAuth, TokenRefused, TokenServerAway, access_token, words_of
from outreach.mail.server import SmtpSettings

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
        for uid in self._box.uids(AND(seen=False), charset=None)[:MOST]:
            _, parts = self._box.client.uid("fetch", uid, "(BODY.PEEK[])")
            octets = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if isinstance(octets, bytes):
                yield uid, octets

    def mark(self, uid: str) -> None:
        """Mark a message as read, once it is stored.

        Not by the library's `flag`: it expunges, and what others marked as deleted would go.
        """
        self._box.client.uid("STORE", uid, "+FLAGS", "(\\Seen)")


@contextmanager
def open_mailbox(settings: Settings, *, patience: float = PATIENCE) -> Iterator[ImapMailbox]:
    """Sign in, in private unless the server is on this machine; raises MailboxAway."""
    where = f"{settings.inbox_server}:{settings.inbox_port}"
    box: BaseMailBox | None = None
    try:
        box = _connected(settings.inbox_server, settings.inbox_port, patience)
        _sign_in(box, settings)
        yield ImapMailbox(box)
    except (TokenRefused, TokenServerAway) as error:
        said = f"The mailbox at {where} cannot be read: {error.message}"
        raise MailboxAway(said, error.remedy) from error
    except (OSError, ImapToolsError, IMAP4.error) as error:
        secret = "_OAUTH_*" if settings.inbox_oauth_token_url else "_PASSWORD"
        raise MailboxAway(
            f"The mailbox at {where} cannot be read: {_said(error)}.",
            f"Check OUTREACH_INBOX_SERVER, _PORT, _USERNAME and {secret}.",
        ) from error
    finally:
        if box is not None:
            _hang_up(box)


def _said(error: Exception) -> str:
    """Return the server's own words where the library wraps them in its idea of a protocol."""
    if isinstance(error, UnexpectedCommandStatusError):
        words = [one.decode("utf-8", "replace") for one in error.command_result[1] or () if one]
        return " ".join(words).rstrip(".") or str(error)
    return str(error)


def _sign_in(box: BaseMailBox, settings: Settings) -> None:
    oauth = OAuth.of(
        settings.inbox_sign_in, instance=settings.instance, settings="OUTREACH_INBOX_OAUTH_*"
    )
    if oauth is None:
        box.login(settings.inbox_username, settings.inbox_password)
        return
    if "AUTH=XOAUTH2" not in box.client.capabilities:
        raise IMAP4.error("it does not offer XOAUTH2")
    _sign_in_by_token(box.client, settings.inbox_username, oauth)
    box.folder.set("INBOX")


def _sign_in_by_token(client: IMAP4, username: str, oauth: OAuth) -> None:
    """Sign in by XOAUTH2; a token that is refused may have been withdrawn and is renewed once."""
    token = access_token(oauth)
    try:
        _offer_token(client, username, token)
    except IMAP4.abort:
        raise  # the connection broke, which says nothing of the token
    except IMAP4.error:
        _offer_token(client, username, access_token(oauth, not_this=token))


def _offer_token(client: IMAP4, username: str, token: str) -> None:
    words = iter((words_of(username, token).encode(),))
    # A refusal comes as a challenge with the reason in it; an empty answer ends the matter.
    client.authenticate("XOAUTH2", lambda _challenge: next(words, b""))


def _hang_up(box: BaseMailBox) -> None:
    """Say goodbye; where nobody listens any more the socket is closed all the same."""
    with suppress(OSError, ImapToolsError, IMAP4.error):
        box.logout()
    with suppress(OSError, IMAP4.error):
        box.client.shutdown()


def _connected(server: str, port: int, patience: float) -> BaseMailBox:
    context = ssl.create_default_context()
    if port == TLS_PORT:
        return MailBox(server, port, timeout=patience, ssl_context=context)
    if SmtpSettings(server, port).is_loopback:
        return MailBoxUnencrypted(server, port, timeout=patience)
    return MailBoxStartTls(server, port, timeout=patience, ssl_context=context)
