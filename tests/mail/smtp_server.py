"""An SMTP server that records what it is given and misbehaves as it is told.

    with RecordingSmtpServer(pipelining=False) as server:
        server.on("rcpt", "550 5.1.1 No such user", recipient="ben@example.org")
        server.on("dot", KEEP_AND_HANG_UP, times=1)

Stages: connect, ehlo, starttls, auth, mail, rcpt, data, dot, rset. A rule answers in the place of
the server's own reply; the oldest rule that fits and is not used up wins.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import pytest

from tests.mail.smtp_session import (
    HALF_CLOSE,
    HANG_UP,
    KEEP_AND_HANG_UP,
    HungUp,
    Offer,
    Received,
    Session,
)

__all__ = [
    "HALF_CLOSE",
    "HANG_UP",
    "KEEP_AND_HANG_UP",
    "Received",
    "RecordingSmtpServer",
    "smtp_server",
]


@dataclass
class Rule:
    """What to answer at a stage, to whom, and how often."""

    stage: str
    reply: str
    recipient: str | None
    connection: int | None
    times: int | None
    delay: float


class RecordingSmtpServer:
    """Listens on a free loopback port while it is entered as a context manager."""

    def __init__(
        self,
        *,
        pipelining: bool = True,
        eight_bit: bool = True,
        smtputf8: bool = False,
        chunking: bool = False,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
        bearers: Mapping[str, str] | None = None,
    ) -> None:
        self.window: int | None = None
        """Octets the kernel takes in before they are read; None for its usual number."""
        self.offer = Offer(
            pipelining, eight_bit, smtputf8, chunking, starttls, tls, users or {}, bearers or {}
        )
        self.received: list[Received] = []
        self.commands: list[str] = []
        """Every command line, in the order of arrival."""
        self.unasked_pipelining: list[str] = []
        """Commands that came together although PIPELINING was not offered."""
        self.signed_in: list[str] = []
        self.connections = 0
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.port = 0

    def on(
        self,
        stage: str,
        reply: str = "",
        *,
        recipient: str | None = None,
        connection: int | None = None,
        times: int | None = None,
        delay: float = 0,
    ) -> None:
        """Answer `reply` at `stage` (empty: the usual reply), `delay` seconds late."""
        with self._lock:
            self._rules.append(Rule(stage, reply, recipient, connection, times, delay))

    def behave(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._rules.clear()

    def recipients(self) -> list[str]:
        """Who got a letter, in order, doubles included."""
        return [one.recipient for one in self.received]

    def hang_up(self) -> None:
        """Close every open connection from the server's side."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._closing.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        if self.window is not None:  # what is accepted takes it over
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.window)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._listener is not None
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(timeout=5)

    def reply_to(self, stage: str, recipients: list[str], connection: int) -> str:
        """Return what a rule wants said, after its delay; empty for the usual reply."""
        with self._lock:
            rule = next(
                (rule for rule in self._rules if _fits(rule, stage, recipients, connection)), None
            )
            if rule is None:
                return ""
            if rule.times is not None:
                rule.times -= 1
        self._closing.wait(rule.delay)
        return rule.reply

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        assert self._listener is not None
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                # Else each reply to a pipelined letter waits 40 ms for an acknowledgement.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._start(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        session = Session(self, connection, number)
        with self._lock:
            self._open.add(connection)
        try:
            with suppress(OSError, HungUp):
                session.talk()
        finally:
            with self._lock:
                self._open.discard(connection)
            session.close()


def _fits(rule: Rule, stage: str, recipients: list[str], connection: int) -> bool:
    return (
        rule.stage == stage
        and rule.times != 0
        and rule.recipient in {None, *recipients}
        and rule.connection in {None, connection}
    )


@pytest.fixture
def smtp_server() -> Iterator[RecordingSmtpServer]:
    """A server that takes everything until it is told otherwise."""
    with RecordingSmtpServer() as server:
        yield server
