"""An SMTP connection made properly: time-outs, verified TLS, our own reply reader.

smtplib keeps the parts that are not hot (EHLO, STARTTLS, AUTH). Flask-Mail sets no time-out and
accepts a self-signed certificate, so this is what its Connection gets from us.
"""

import re
import smtplib
import socket
import ssl
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from outreach.mail.oauth import OAuth, TokenRefused, TokenServerAway, access_token, words_of
from outreach.mail.server import (
    ServerUnreachable,
    SignInRefused,
    SmtpSettings,
    TlsRefused,
    silence_remedy,
    tls_remedy,
)

_LONGEST_LINE = 8192
_MOST_LINES = 100
_GO_AHEADS = {
    2: re.compile(rb"2\d\d [^\n]*\n2\d\d [^\n]*\n").match,
    3: re.compile(rb"2\d\d [^\n]*\n2\d\d [^\n]*\n3\d\d [^\n]*\n").match,
}


class ReplyReader:
    """Reads replies of any shape from a socket, several of them at once when pipelined."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.pending = b""

    def read(self, *, patience: float = 0) -> tuple[int, bytes]:
        """Return code and text of the next reply; -1 for what is none.

        `patience` is how many seconds to go on waiting beyond the socket's own time-out.
        Raises OSError when it does not come.
        """
        line = self._line(patience)
        if line[3:4] != b"-" and line[:3].isdigit():
            return int(line[:3]), line[4:].strip()
        lines = []
        for _ in range(_MOST_LINES):
            lines.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, line.strip()
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
            line = self._line(patience)
        raise ConnectionResetError("the server's reply does not end")

    def go_aheads(self, count: int) -> bool:
        """Take the usual replies to MAIL, RCPT and (of three) DATA in one go, when they are here.

        They nearly always are; when not, nothing is taken and they are read one by one.
        Raises OSError when nothing comes.
        """
        if b"\n" not in self.pending:
            octets = self._receive(0)
            if not octets:
                raise ConnectionResetError("the server closed the connection")
            self.pending += octets
        found = _GO_AHEADS[count](self.pending)
        if found is None:
            return False
        self.pending = self.pending[found.end() :]
        return True

    def _line(self, patience: float) -> bytes:
        while (end := self.pending.find(b"\n")) < 0:
            if len(self.pending) > _LONGEST_LINE:
                raise ConnectionResetError("the server's reply is too long")
            octets = self._receive(patience)
            if not octets:
                raise ConnectionResetError("the server closed the connection")
            self.pending += octets
        line, self.pending = self.pending[:end], self.pending[end + 1 :]
        return line

    def _receive(self, patience: float) -> bytes:
        until = time.monotonic() + patience if patience else 0
        while True:
            try:
                return self.sock.recv(4096)
            except (TimeoutError, BlockingIOError) as error:
                if time.monotonic() >= until:
                    raise TimeoutError("timed out") from error


class _OwnReplies(smtplib.SMTP):
    """smtplib with our reader, so that pipelined replies and STARTTLS are read by one hand."""

    reader: ReplyReader | None = None

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self.reader is None or self.reader.sock is not self.sock:
            # Words sent in clear before the handshake must not pass for private ones.
            if self.reader is not None and self.reader.pending:
                self.close()
                raise TlsRefused("The server sent clear text after STARTTLS.", "Is it ours?")
            self.reader = ReplyReader(self.sock)
        try:
            return self.reader.read()
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error


class PlainHost(_OwnReplies):
    """A host spoken to in clear, or from STARTTLS on in private."""


class TlsHost(_OwnReplies, smtplib.SMTP_SSL):
    """A host spoken to in private from the first byte."""


def open_host(settings: SmtpSettings) -> PlainHost | TlsHost:
    """Connect, greet, encrypt and sign in.

    Raises ServerUnreachable, TlsRefused or SignInRefused.
    """
    with _explained(settings):
        host = _connected(settings)
        try:
            _prepare(host, settings)
        except BaseException:
            host.close()
            raise
    return host


def _connected(settings: SmtpSettings) -> PlainHost | TlsHost:
    if settings.use_ssl:
        return TlsHost(
            settings.server,
            settings.port,
            local_hostname=settings.local_hostname,
            timeout=settings.timeout,
            context=_tls_context(settings),
        )
    return PlainHost(
        settings.server,
        settings.port,
        local_hostname=settings.local_hostname,
        timeout=settings.timeout,
    )


def _prepare(host: PlainHost | TlsHost, settings: SmtpSettings) -> None:
    assert host.sock is not None
    # Without it the short last packet of a letter waits for the acknowledgement of the one before.
    host.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if settings.use_tls:
        _start_tls(host, settings)
    host.ehlo_or_helo_if_needed()
    if settings.username:
        _sign_in(host, settings)
    _let_the_kernel_wait(host.sock, settings.timeout)


def _let_the_kernel_wait(sock: socket.socket, seconds: float) -> None:
    """Hand the time-out to the kernel where that is possible, for reading and for writing.

    Python's own asks the kernel before each call whether it may be made: that is as many calls
    again, and each of them is a moment at which threads wait for each other.
    """
    if sys.platform == "linux" and not isinstance(sock, ssl.SSLSocket):
        microseconds = max(round(seconds * 1e6), 1)
        span = struct.pack("@ll", *divmod(microseconds, 1_000_000))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, span)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, span)
        sock.settimeout(None)


def as_timeout(error: OSError) -> OSError:
    """Return a time-out of the kernel's as what it is; any other error as it came."""
    return TimeoutError("timed out") if isinstance(error, BlockingIOError) else error


def _start_tls(host: PlainHost | TlsHost, settings: SmtpSettings) -> None:
    try:
        host.starttls(context=_tls_context(settings))
    except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
        raise TlsRefused(
            f"{settings.where} does not offer STARTTLS.",
            f"Use port 465 with {settings.setting('USE_SSL')}=true, or ask who runs the server.",
        ) from error


def _sign_in(host: PlainHost | TlsHost, settings: SmtpSettings) -> None:
    if not (settings.use_tls or settings.use_ssl or settings.is_loopback):
        raise SignInRefused(
            f"The password would travel to {settings.server} unencrypted.",
            f"Set {settings.setting('USE_TLS')}=true (port 587) or "
            f"{settings.setting('USE_SSL')}=true (port 465).",
        )
    try:
        if settings.oauth:
            _sign_in_by_token(host, settings.username, settings.oauth)
        else:
            host.login(settings.username, settings.password)
    except smtplib.SMTPServerDisconnected:
        raise
    except TokenServerAway as error:
        raise ServerUnreachable(error.message, error.remedy) from error
    except TokenRefused as error:
        raise SignInRefused(error.message, error.remedy) from error
    except (smtplib.SMTPException, UnicodeEncodeError) as error:
        secret = "OAUTH_*" if settings.oauth else "PASSWORD"
        raise SignInRefused(
            f"{settings.server} did not let {settings.username} sign in: {_said(error)}",
            f"Check {settings.setting('USERNAME')} and {settings.setting(secret)}.",
        ) from error


def _sign_in_by_token(host: PlainHost | TlsHost, username: str, oauth: OAuth) -> None:
    """Sign in by XOAUTH2; a token that is refused may have been withdrawn and is renewed once."""
    if "XOAUTH2" not in host.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError("it does not offer XOAUTH2")
    token = access_token(oauth)
    try:
        _offer_token(host, username, token)
    except smtplib.SMTPAuthenticationError:
        _offer_token(host, username, access_token(oauth, not_this=token))


def _offer_token(host: PlainHost | TlsHost, username: str, token: str) -> None:
    words = words_of(username, token)

    def answer(challenge: bytes | None = None) -> str:
        # A refusal comes as a challenge with the reason in it; an empty answer ends the matter.
        return words if challenge is None else ""

    host.auth("XOAUTH2", answer)


@contextmanager
def _explained(settings: SmtpSettings) -> Iterator[None]:
    """Turn what goes wrong before the first letter into an error that says what to do."""
    try:
        yield
    except ssl.SSLError as error:
        why = str(getattr(error, "verify_message", "") or error).rstrip(".")
        raise TlsRefused(
            f"{settings.where} cannot be spoken to in private: {why}.",
            tls_remedy(settings, getattr(error, "verify_code", 0)),
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise ServerUnreachable(
            f"The mail server {settings.where} cannot be reached: {_said(error)}.",
            f"Check {settings.setting('SERVER')}, {settings.setting('PORT')} and the firewall."
            + silence_remedy(settings, error),
        ) from error


def _tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return f"{error.smtp_code} {words}"
    return str(error) or type(error).__name__
