"""A worker in a process of its own, to be killed by tests.

It imports everything once and forks a child for each line it reads, so that a test that kills six
workers does not wait for six interpreters. Each child works until its mailing is settled, or until
SIGTERM. `Zygote` is the test's end of it.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from flask import Flask
from sqlalchemy import select

from outreach import create_app
from outreach.core.db import db
from outreach.delivery.judging import Retries
from outreach.delivery.models import Dispatch
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.pace import Pace
from tests.databases import settings_for

ROOT = Path(__file__).parent.parent.parent
# The embedded PostgreSQL looks for a folder that servers without a desktop do not have.
WARNINGS = ("-W", "error", "-W", "ignore:XDG_RUNTIME_DIR is not set")
OPTIONS = SenderOptions(connections=4, retries=Retries(scale=0.002), grace=1.5)


@dataclass(frozen=True)
class Order:
    """What a child is to do."""

    mailing_id: int
    uri: str
    folder: str
    port: int
    file_limit: int = 0
    """Bytes a file may grow to; 0 for no limit. Stands for a full disk."""
    lease_seconds: float = 60
    per_second: float | None = None
    """What all children together may send; None for as fast as they can."""


def _main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(Order(**json.loads(line)))
        print(pid, flush=True)  # noqa: T201 - the answer to the test


def _work(order: Order) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if order.file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_limit, order.file_limit))
    folder = Path(order.folder)
    app = create_app(settings_for(order.uri, folder, catcher=True, catcher_port=order.port))
    lease_time, pace = timedelta(seconds=order.lease_seconds), Pace(per_second=order.per_second)
    options = replace(OPTIONS, lease_time=lease_time, pace=pace)
    while not stop.is_set() and not _is_settled(app, order.mailing_id):
        run_due(app, stop=stop, options=options)
        stop.wait(0.05)
    os._exit(0)


def _is_settled(app: Flask, mailing_id: int) -> bool:
    with app.app_context(), db.engine.connect() as connection:
        found = connection.scalar(
            select(Dispatch.settled_at).where(Dispatch.mailing_id == mailing_id)
        )
    return found is not None


class Zygote:
    """Starts children and waits for their end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, order: Order) -> "Child":
        """Start a child and return it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order.__dict__) + "\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()))


@dataclass(frozen=True)
class Child:
    """A worker that can be ended."""

    pid: int

    def send(self, signal_number: int) -> Self:
        """Send it a signal, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal_number)
        return self

    def is_alive(self) -> bool:
        """Whether it is still there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def wait(self, seconds: float = 20) -> float:
        """Wait for its end and return how long that took."""
        begun = time.monotonic()
        while self.is_alive():
            assert time.monotonic() - begun < seconds, "the worker does not end"
            time.sleep(0.01)
        return time.monotonic() - begun


@contextmanager
def zygote() -> Iterator[Zygote]:
    """Give a process that starts workers, and end it with all of them."""
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, *WARNINGS, "-m", "tests.delivery.worker_process"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=_environment(),
    )
    try:
        yield Zygote(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _environment() -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    _main()
