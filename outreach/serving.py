"""`serve` and `demo`: one parent that keeps a web server, a worker and (asked for) the catcher up.

The web server and the worker are processes of their own: killing either loses nothing, and the
parent starts it again. The catcher is a thread of the parent, so that a letter can always be taken
while anything runs.

Importing the program takes longer than all else at start (1.5 s). The first children are therefore
made of the parent, which has done it already, before it has any thread; later ones start anew.
"""

import ctypes
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from flask import Flask

from outreach import create_app
from outreach.core.config import PREFIX, Settings
from outreach.core.errors import Refusal
from outreach.core.extras import late
from outreach.mail.catcher import Catcher
from outreach.tracking.looking_ahead import look_ahead
from outreach.worker import run_worker

if TYPE_CHECKING:
    import granian
    from granian import constants
    from granian import log as levels
else:
    granian = late("granian")
    constants = late("granian.constants")
    levels = late("granian.log")

log = structlog.get_logger()
STOP_SECONDS = 10
APPLICATION = "outreach.serving:make_application"
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal a process gets when the one that made it dies."""
THREADS = 4
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Fork:
    """A process made of this one, to be asked and stopped like a `subprocess.Popen`."""

    def __init__(self, work: Callable[[], None], environment: Mapping[str, str]) -> None:
        fork = multiprocessing.get_context("fork")
        self._process = fork.Process(target=self._become, args=(work, environment))
        self._process.start()

    @staticmethod
    def _become(work: Callable[[], None], environment: Mapping[str, str]) -> None:
        _end_with_parent()
        os.environ.clear()
        os.environ.update(environment)
        work()

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    def kill(self) -> None:
        """Stop it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end; raises TimeoutExpired like Popen."""
        self._process.join(timeout)
        if self._process.is_alive():
            raise subprocess.TimeoutExpired("fork", timeout or 0)
        return self._process.exitcode


@dataclass
class Child:
    """A process the parent keeps running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    work: Callable[[], None]
    """What `command` does, for a first start without importing everything again."""
    process: "subprocess.Popen[bytes] | Fork | None" = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start the process; what it prints goes where the parent's does."""
        self.starts.append(time.monotonic())
        if len(self.starts) == 1 and _can_fork():
            self.process = Fork(self.work, self.environment)
        else:
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
            variables[f"{PREFIX}CATCHER_PORT"] = str(settings.catcher_port or _free_port())
        catcher = Catcher(settings.mailbox, port=int(variables.get(f"{PREFIX}CATCHER_PORT", 0)))
        stack.callback(catcher.stop)  # last of all: letters in hand are still to be taken
        children = _children(variables, host, port, web_processes, with_worker=with_worker)
        for child in children:
            child.start()
            stack.callback(child.stop)
        if settings.catcher:
            catcher.start()
        _keep_running(children)


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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _can_fork() -> bool:
    """Say whether nothing but the one thread runs here: a fork would leave the others behind."""
    return sys.platform == "linux" and len([*Path("/proc/self/task").iterdir()]) == 1


def _children(
    variables: Mapping[str, str], host: str, port: int, web_processes: int, *, with_worker: bool
) -> list[Child]:
    python = [sys.executable, "-m"]
    web = f"granian --interface wsgi --factory --no-ws --blocking-threads {THREADS} --host {host} "
    web += f"--port {port} --workers {web_processes} --respawn-failed-workers --log-level warning"
    children = [
        Child(
            "web",
            [*python, *web.split(), APPLICATION],
            variables,
            lambda: _serve_pages(host, port, web_processes),
        )
    ]
    if with_worker:
        work = [*python, "outreach", "worker"]
        children.append(Child("worker", work, variables, lambda: run_worker(create_app())))
    return children


def make_application() -> Flask:
    """Return the application for a process of the web server, which ends with its parent.

    Granian's processes would go on answering when the one that looks after them is killed.
    """
    _end_with_parent()
    app = create_app()
    look_ahead(app)
    return app


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _serve_pages(host: str, port: int, web_processes: int) -> None:
    granian.Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=constants.Interfaces.WSGI,
        workers=web_processes,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        websockets=False,
        log_level=levels.LogLevels.warning,
        factory=True,
    ).serve()


def _keep_running(children: list[Child]) -> None:
    stopping: list[int] = []

    def request_stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    while not stopping:
        _look_after(children)
        time.sleep(0.2)


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
