"""Hands finished letters to an SMTP server through Flask-Mail's connection.

Only two subclasses of Flask-Mail are used. What they change is measured: its own `send` renders,
parses four addresses and re-reads the body per letter (4 ms), this writes prepared bytes (0.1 ms).
"""

import smtplib
from contextlib import suppress
from email import charset
from types import TracebackType
from typing import Self

import flask_mail

from outreach.core.errors import ProgrammingError
from outreach.mail.addresses import BadAddress, wire_address
from outreach.mail.letter import Letter
from outreach.mail.replies import (
    SERVICE_CLOSING,
    Outcome,
    OutcomeKind,
    Reply,
    Stage,
    is_go_ahead,
    read_outcome,
)
from outreach.mail.server import ConnectionLost, SmtpSettings
from outreach.mail.smtp import PlainHost, TlsHost, open_host, reply_of

# Importing Flask-Mail switches utf-8 mail to 8bit for the whole process; this takes it back.
charset.add_charset("utf-8", charset.SHORTEST, charset.BASE64, "utf-8")

_ENVELOPE = (Stage.MAIL, Stage.RCPT, Stage.DATA)


class SmtpMail(flask_mail.Mail):
    """Flask-Mail's Mail for one server, usable without an application (workers, commands)."""

    def __init__(self, settings: SmtpSettings) -> None:
        super().__init__()
        self.settings = settings
        self.state = self.init_mail(
            {
                "MAIL_SERVER": settings.server,
                "MAIL_PORT": settings.port,
                "MAIL_USERNAME": settings.username,
                "MAIL_PASSWORD": settings.password,
                "MAIL_USE_TLS": settings.use_tls,
                "MAIL_USE_SSL": settings.use_ssl,
            }
        )

    def connect(self) -> "SmtpConnection":
        """Return a connection that is opened by the first letter or by `with`."""
        return SmtpConnection(self)


class SmtpConnection(flask_mail.Connection):
    """One connection to the server, for one thread; it opens and re-opens by itself."""

    mail: SmtpMail
    host: PlainHost | TlsHost | None

    def __init__(self, mail: SmtpMail) -> None:
        super().__init__(mail)
        self._is_fresh = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def configure_host(self) -> PlainHost | TlsHost:
        """Connect with time-outs and verified TLS, neither of which Flask-Mail does."""
        return open_host(self.mail.settings)

    def open(self) -> None:
        """Connect unless connected. Raises ServerUnreachable, TlsRefused or SignInRefused."""
        if self.host is None:
            self.host = self.configure_host()
            self._is_fresh = True

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        if self.host is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.host.quit()
        self.drop()

    def drop(self) -> None:
        """Hang up at once; the next letter opens a new connection."""
        if self.host is not None:
            self.host.close()
        self.host = None

    def deliver(self, letter: Letter) -> Outcome:
        """Offer one letter and return what the server said of it.

        A server may hang up on an idle connection, or after so many letters: when it does so
        before it heard of this letter, the letter is offered once more on a new connection.

        Raises what `open` raises, ConnectionLost when the answer is missing, and BadAddress for
        a sender that is no address. A recipient that is none is an outcome.
        """
        was_used = self.host is not None and not self._is_fresh
        try:
            outcome = self._offer(letter)
        except ConnectionLost as loss:
            if not (was_used and loss.stage is Stage.MAIL):
                raise
        else:
            is_goodbye = outcome.code == SERVICE_CLOSING and outcome.stage is Stage.MAIL
            if not (was_used and is_goodbye):
                return outcome
        return self._offer(letter)

    def _offer(self, letter: Letter) -> Outcome:
        self.open()
        assert self.host is not None
        features = self.host.esmtp_features
        if letter.needs_smtputf8 and "smtputf8" not in features:
            return _NO_SMTPUTF8
        sender = _sender(letter)
        try:
            recipient = wire_address(letter.envelope.recipient)
        except BadAddress as error:
            return _refused_here(501, "5.1.3", str(error), Stage.RCPT)
        commands = _commands(letter, features, sender=sender, recipient=recipient)
        self._is_fresh = False
        refusal = self._open_letter(commands, is_pipelined="pipelining" in features)
        return refusal or self._write_letter(letter)

    def _open_letter(self, commands: list[bytes], *, is_pipelined: bool) -> Outcome | None:
        """Send MAIL, RCPT and DATA; return the first refusal, or None when the server listens."""
        refusal: Outcome | None = None
        if is_pipelined:
            self._write(b"".join(commands), Stage.MAIL)
            if self._is_welcome():
                return None
        for stage, command in zip(_ENVELOPE, commands, strict=True):
            if not is_pipelined:
                self._write(command, stage)
            try:
                reply = self._read(stage)
            except ConnectionLost:
                if refusal:
                    return refusal
                raise
            if reply.code == SERVICE_CLOSING or reply.code < 0:
                self.drop()
                return refusal or read_outcome(reply, stage)
            if refusal is None and not is_go_ahead(reply.code, stage):
                refusal = read_outcome(reply, stage)
                if not is_pipelined:
                    break
        if refusal:
            self._abandon(is_listening=is_go_ahead(reply.code, stage) and stage is Stage.DATA)
        return refusal

    def _is_welcome(self) -> bool:
        assert self.host is not None
        assert self.host.reader is not None
        try:
            return self.host.reader.go_aheads()
        except OSError as error:
            self.drop()
            raise ConnectionLost(Stage.MAIL, in_doubt=False, reason=str(error)) from error

    def _abandon(self, *, is_listening: bool) -> None:
        """Leave the refused letter behind; its outcome stands, whatever happens here.

        A server that refused the recipient may ask for the letter all the same; it gets an empty
        one (RFC 2920 §3.1).
        """
        try:
            self._write(b".\r\n" if is_listening else b"RSET\r\n", Stage.MAIL)
            reply = self._read(Stage.MAIL)
        except ConnectionLost:
            return
        if reply.code == SERVICE_CLOSING or not (
            is_listening or is_go_ahead(reply.code, Stage.MAIL)
        ):
            self.drop()

    def _write_letter(self, letter: Letter) -> Outcome:
        self._write(_finished(letter), Stage.DATA)
        settings = self.mail.settings
        patience = max(settings.final_timeout - settings.timeout, 0)
        reply = self._read(Stage.DOT, patience=patience)
        if reply.code < 0:
            self.drop()
            raise ConnectionLost(Stage.DOT, in_doubt=True, reason="the reply made no sense")
        outcome = read_outcome(reply, Stage.DOT)
        if outcome.is_accepted:
            self.num_emails += 1
        elif reply.code == SERVICE_CLOSING or reply.code < 400:
            self.drop()
        return outcome

    def _write(self, octets: bytes, stage: Stage) -> None:
        assert self.host is not None
        assert self.host.sock is not None
        try:
            self.host.sock.sendall(octets)
        except OSError as error:
            self.drop()
            # What the kernel did not take has not left: the final dot among it.
            raise ConnectionLost(stage, in_doubt=False, reason=str(error)) from error

    def _read(self, stage: Stage, *, patience: float = 0) -> Reply:
        assert self.host is not None
        assert self.host.reader is not None
        try:
            return reply_of(*self.host.reader.read(patience=patience))
        except OSError as error:
            self.drop()
            is_in_doubt = stage is Stage.DOT
            raise ConnectionLost(stage, in_doubt=is_in_doubt, reason=str(error)) from error


def connection(settings: SmtpSettings) -> SmtpConnection:
    """Return a connection to the server; `with` opens and closes it."""
    return SmtpMail(settings).connect()


def _sender(letter: Letter) -> str:
    return wire_address(letter.envelope.sender) if letter.envelope.sender else ""


def _commands(
    letter: Letter, features: dict[str, str], *, sender: str, recipient: str
) -> list[bytes]:
    options = f" SIZE={len(letter.data)}" if "size" in features else ""
    if letter.needs_smtputf8:
        options += " BODY=8BITMIME SMTPUTF8"
    return [
        f"MAIL FROM:<{sender}>{options}\r\n".encode(),
        f"RCPT TO:<{recipient}>\r\n".encode(),
        b"DATA\r\n",
    ]


def _finished(letter: Letter) -> bytes:
    return (letter.data if letter.is_dot_free else stuffed(letter.data)) + b".\r\n"


def stuffed(data: bytes) -> bytes:
    """Double the full stop at the start of a line (RFC 5321 §4.5.2), where there is one.

    Raises ProgrammingError for other line ends than CRLF: with a lone one a letter could be cut in
    two on its way, and its second half pass for a letter of its own.
    """
    line_ends = data.count(b"\r\n")
    if not data.endswith(b"\r\n") or {data.count(b"\n"), data.count(b"\r")} != {line_ends}:
        raise ProgrammingError("A letter's lines end with CRLF, the last one too.")
    data = b"." + data if data.startswith(b".") else data
    return data.replace(b"\r\n.", b"\r\n..")


def _refused_here(code: int, enhanced: str, text: str, stage: Stage) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, code, enhanced, text, stage)


_NO_SMTPUTF8 = _refused_here(
    553,
    "5.6.7",
    "The mail server cannot take an address with other than plain letters before the @ "
    "(it offers no SMTPUTF8). Ask the person for another address.",
    Stage.MAIL,
)
