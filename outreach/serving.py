"""`serve` and `demo`: one parent that keeps a web server, a worker and (asked for) the catcher up.

The web server and the worker are processes of their own: killing either loses nothing, and the
parent starts it again. The catcher is a thread of the parent, so that a letter can always be taken
while anything runs.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import FrameType

import structlog

from outreach.core.config import PREFIX, Settings
from outreach.core.errors import Refusal
from outreach.mail.catcher import Catcher

log = structlog.get_logger()
STOP_SECONDS = 10
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass
class Child:
    """A process the parent keeps running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start the process; what it prints goes where the parent's does."""
        self.starts.append(time.monotonic())
        self.process = subprocess.Popen(self.command, env=dict(self.environment))  # noqa: S603 - our own commands

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self.process is not None and self.process.poll() is not None

    def may_restart(self, now: float) -> bool:
        """Whether it ended seldom enough: at most five starts within half a minute."""
        return len([start for start in self.starts if now - start < 30]) < 5

    def stop(self) -> None:
        """Ask it to stop, insist after ten seconds."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    web_processes: int = 1,
    with_worker: bool = True,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `environment` replaces this process's own for the children.

    Raises Refusal when the port is taken, or when the catcher, which is for trying out, would be
    offered to the network.
    """
    if settings.catcher and host not in LOOPBACK:
        raise Refusal(
            "While mail is caught (OUTREACH_CATCHER) Outreach serves this machine only.",
            "Use --host 127.0.0.1, or set OUTREACH_MAIL_SERVER and unset OUTREACH_CATCHER.",
        )
    _refuse_taken(host, port)
    with ExitStack() as stack:
        variables = dict(os.environ if environment is None else environment)
        if settings.catcher:
            catcher = Catcher(settings.mailbox, port=settings.catcher_port)
            catcher.start()
            stack.callback(catcher.stop)
            variables[f"{PREFIX}CATCHER_PORT"] = str(catcher.port)
        _keep_running(_children(variables, host, port, web_processes, with_worker=with_worker))


def _refuse_taken(host: str, port: int) -> None:
    """Say at once what the web server would say five times, each time it is started again."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, number) as probe:
            # As the web server will: what a stopped one left behind is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Refusal(
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            "Stop what runs there, or choose another port (--port, or PORT=9000 make run).",
        ) from error


def _children(
    variables: Mapping[str, str], host: str, port: int, web_processes: int, *, with_worker: bool
) -> list[Child]:
    web = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--factory",
        "--no-ws",
        "--blocking-threads",
        "4",
    ]
    web += ["--host", host, "--port", str(port), "--workers", str(web_processes)]
    web += ["--respawn-failed-workers", "--log-level", "warning", "outreach:create_app"]
    children = [Child("web", web, variables)]
    if with_worker:
        children.append(Child("worker", [sys.executable, "-m", "outreach", "worker"], variables))
    return children


def _keep_running(children: list[Child]) -> None:
    stopping: list[int] = []

    def request_stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    for child in children:
        child.start()
    try:
        while not stopping:
            _look_after(children)
            time.sleep(0.2)
    finally:
        for child in children:
            child.stop()


def _look_after(children: list[Child]) -> None:
    for child in children:
        if not child.has_ended():
            continue
        if not child.may_restart(time.monotonic()):
            raise Refusal(
                f"The {child.name} process ends again and again.", "Its last words stand above."
            )
        log.warning("process ended, starting it again", name=child.name)
        child.start()
