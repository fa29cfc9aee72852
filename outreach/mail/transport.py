"""Hands finished letters to an SMTP server through Flask-Mail's connection.

Flask-Mail's Mail and Connection are subclassed (`line` holds the wire). What that changes is
measured: its own `send` renders, parses four addresses and re-reads the body per letter (4 ms),
this writes prepared bytes (0.1 ms).
"""

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from email import charset
from types import TracebackType
from typing import Self

import flask_mail

from outreach.mail.letter import Letter
from outreach.mail.line import SmtpLine
from outreach.mail.replies import (
    SERVICE_CLOSING,
    WHO_ARE_YOU,
    Outcome,
    OutcomeKind,
    Stage,
    asks_who_we_are,
    is_go_ahead,
    read_outcome,
)
from outreach.mail.server import ConnectionLost, SmtpSettings, not_introduced
from outreach.mail.wire import chunk, commands_of, finished

# Importing Flask-Mail switches utf-8 mail to 8bit for the whole process; this takes it back.
charset.add_charset("utf-8", charset.SHORTEST, charset.BASE64, "utf-8")

_ENVELOPE = (Stage.MAIL, Stage.RCPT, Stage.DATA)
_NO_BDAT = frozenset({500, 502, 504})
"""A server, or a box in front of it, does not know the chunks it offered (RFC 5321 §4.2.4)."""


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


class SmtpConnection(SmtpLine):
    """One connection to the server, for one thread; it opens and re-opens by itself."""

    def __init__(self, mail: SmtpMail) -> None:
        super().__init__(mail, mail.settings)
        self._is_fresh = False
        self._ahead: Letter | None = None
        """The letter whose envelope has left already, with the end of the one before."""
        self._is_proven = False
        """Whether this server answered a whole pipelined letter as it should."""
        self._is_ahead_lost = False
        """Whether it forgot an envelope that came behind a letter; then none does any more."""
        self._is_bdat_lost = False
        """Whether it offered CHUNKING and did not know BDAT; then every letter goes by DATA."""
        self._is_pipelined = self._is_chunked = False
        """What the server offers; letters go by BDAT, where it is known (RFC 3030), which needs
        neither DATA nor dots. MAIL and RCPT are answered first all the same: were the letter behind
        them in one write, a server that hangs up would leave every letter in doubt."""

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

    def open(self) -> None:
        """Connect unless connected. Raises ServerUnreachable, TlsRefused or SignInRefused."""
        if self.host is None:
            self.host = self.configure_host()
            self._is_fresh, self._is_proven = True, False
            offered = self.host.esmtp_features
            self._is_pipelined = "pipelining" in offered
            self._is_chunked = "chunking" in offered and not self._is_bdat_lost

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        if self.host is not None and self._ahead is None:
            with suppress(OSError, smtplib.SMTPException):
                self.host.quit()
        self.drop()

    def drop(self) -> None:
        """Hang up at once; the next letter opens a new connection."""
        super().drop()
        self._ahead = None

    def deliver(self, letter: Letter, following: Letter | None = None) -> Outcome:
        """Offer one letter and return what the server said of it.

        `following` is the letter that is likely offered next: where the server takes it, its
        envelope leaves in one write with the end of this one, which saves a round trip and a
        wake-up (RFC 2920). Nothing of the letter itself has left then; when another one is offered
        instead, the connection is opened anew.

        A server may hang up on an idle connection, or after so many letters: when it does so
        before it heard of this letter, the letter is offered once more on a new connection.

        Raises what `open` raises, also where the server says so only now, ConnectionLost when the
        answer is missing, and BadAddress for a sender that is no address. A recipient that is none
        is an outcome.
        """
        was_used = self.host is not None and not self._is_fresh
        was_ahead = letter is self._ahead
        try:
            outcome = self._offer(letter, following)
        except ConnectionLost as loss:
            is_silence = isinstance(loss.__cause__, TimeoutError) and loss.stage is not Stage.DOT
            self._is_ahead_lost |= was_ahead and is_silence
            if not (was_used and loss.stage is Stage.MAIL):
                raise
        else:
            is_goodbye = outcome.code == SERVICE_CLOSING and outcome.stage is Stage.MAIL
            if not (was_used and is_goodbye):
                return outcome if outcome.code != WHO_ARE_YOU else self._known(outcome)
        return self._known(self._offer(letter, following))

    def _known(self, outcome: Outcome) -> Outcome:
        """Return an outcome, unless the server wants to know first who offers the letter."""
        if asks_who_we_are(outcome):
            self.drop()
            said = f"{outcome.code} {outcome.enhanced} {outcome.text}"
            raise not_introduced(self.settings, said)
        return outcome

    def _offer(self, letter: Letter, following: Letter | None) -> Outcome:
        if self._ahead is not None and self._ahead is not letter:
            self.drop()
        if self.host is None:
            self.open()
        assert self.host is not None
        is_pipelined = self._is_pipelined
        stages = _ENVELOPE[:2] if self._is_chunked else _ENVELOPE
        if self._ahead is not None:
            self._ahead = None
            refusal = self._hear_envelope(None, stages, is_pipelined=True)
        else:
            features = self.host.esmtp_features
            commands = commands_of(letter, features, is_chunked=self._is_chunked)
            if isinstance(commands, Outcome):
                return commands
            self._is_fresh = False
            refusal = self._hear_envelope(commands, stages, is_pipelined=is_pipelined)
        if refusal is not None:
            return refusal
        is_following = following is not None and is_pipelined and self._is_proven
        return self._write_letter(letter, following if is_following else None)

    def _hear_envelope(
        self, commands: Sequence[bytes] | None, stages: Sequence[Stage], *, is_pipelined: bool
    ) -> Outcome | None:
        """Send MAIL, RCPT and DATA (`stages`), unless they are there already (None).

        Returns the first refusal, or None when the server listens.
        """
        refusal: Outcome | None = None
        if is_pipelined:
            if commands:
                self._write(b"".join(commands), Stage.MAIL)
            if self._hears_welcome(len(stages)):
                return None
        for place, stage in enumerate(stages):
            if commands and not is_pipelined:
                self._write(commands[place], stage)
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

    def _write_letter(self, letter: Letter, following: Letter | None) -> Outcome:
        assert self.host is not None
        is_chunked = self._is_chunked
        body, envelope = chunk(letter) if is_chunked else finished(letter), b""
        if following is not None and not self._is_ahead_lost:
            features = self.host.esmtp_features
            commands = commands_of(following, features, is_chunked=is_chunked)
            if not isinstance(commands, Outcome):
                envelope, self._ahead = b"".join(commands), following
        self._write_letter_and(envelope, body)
        settings = self.settings
        patience = max(settings.final_timeout - settings.timeout, 0)
        reply = self._read(Stage.DOT, patience=patience)
        if reply.code < 0:
            self.drop()
            raise ConnectionLost(Stage.DOT, in_doubt=True, reason="the reply made no sense")
        if is_chunked and reply.code in _NO_BDAT:
            # The rest of the chunk may pass for commands: hang up, and offer it the old way.
            self._is_bdat_lost = True
            self.drop()
            return self._offer(letter, None)
        outcome = read_outcome(reply, Stage.DOT)
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.num_emails += 1
            self._is_proven = True
        elif reply.code == SERVICE_CLOSING or reply.code < 400:
            self.drop()
        return outcome


def connection(settings: SmtpSettings) -> SmtpConnection:
    """Return a connection to the server; `with` opens and closes it."""
    return SmtpMail(settings).connect()
