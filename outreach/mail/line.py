"""The wire between us and an SMTP server: opened, written, read, hung up; every loss is told.

What is said over it is the transport's.
"""

import ssl
import time

import flask_mail

from outreach.mail.replies import Reply, Stage
from outreach.mail.server import ConnectionLost, SmtpSettings
from outreach.mail.smtp import PlainHost, TlsHost, as_timeout, open_host
from outreach.mail.wire import Pieces


class SmtpLine(flask_mail.Connection):
    """Flask-Mail's connection with time-outs, verified TLS and losses that name their stage."""

    host: PlainHost | TlsHost | None

    def __init__(self, mail: flask_mail.Mail, settings: SmtpSettings) -> None:
        super().__init__(mail)
        self.settings = settings

    def configure_host(self) -> PlainHost | TlsHost:
        """Connect with time-outs and verified TLS, neither of which Flask-Mail does."""
        return open_host(self.settings)

    def drop(self) -> None:
        """Hang up at once; the next letter opens a new connection."""
        if self.host is not None:
            self.host.close()
        self.host = None

    def _hears_welcome(self, count: int) -> bool:
        """Take so many replies that let a letter pass, when they are all here and nothing else."""
        assert self.host is not None
        assert self.host.reader is not None
        try:
            return self.host.reader.go_aheads(count)
        except OSError as error:
            self.drop()
            raise ConnectionLost(Stage.MAIL, in_doubt=False, reason=str(error)) from error

    def _write(self, octets: bytes, stage: Stage) -> None:
        assert self.host is not None
        assert self.host.sock is not None
        try:
            self.host.sock.sendall(octets)
        except OSError as error:
            self.drop()
            # What the kernel did not take has not left.
            raise ConnectionLost(stage, in_doubt=False, reason=str(error)) from as_timeout(error)

    def _write_letter_and(self, envelope: bytes, body: Pieces) -> None:
        """Write a letter and the next one's envelope (or nothing); the kernel takes all at once.

        Mostly: a letter is larger than what a far server lets wait.
        """
        assert self.host is not None
        assert self.host.sock is not None
        sock, sent = self.host.sock, 0
        until = time.monotonic() + self.settings.timeout
        try:
            if isinstance(sock, ssl.SSLSocket):
                sent = sock.send(b"".join((*body, envelope)))
            else:
                sent = sock.sendmsg((*body, envelope))
            if sent < len(body[0]) + len(body[1]) + len(envelope):
                octets = memoryview(b"".join((*body, envelope)))
                while sent < len(octets):
                    if time.monotonic() > until:
                        raise TimeoutError("the server reads too slowly")
                    sent += sock.send(octets[sent:])
        except OSError as error:
            self.drop()
            # Once the kernel took the final dot, nobody knows whether the letter arrived.
            is_whole = sent >= len(body[0]) + len(body[1])
            stage = Stage.DOT if is_whole else Stage.DATA
            raise ConnectionLost(stage, in_doubt=is_whole, reason=str(error)) from as_timeout(error)

    def _read(self, stage: Stage, *, patience: float = 0) -> Reply:
        assert self.host is not None
        assert self.host.reader is not None
        try:
            code, octets = self.host.reader.read(patience=patience)
            return Reply(code, octets.decode("utf-8", "replace"))
        except OSError as error:
            self.drop()
            is_in_doubt = stage is Stage.DOT
            raise ConnectionLost(stage, in_doubt=is_in_doubt, reason=str(error)) from error
