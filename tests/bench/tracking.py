"""Benchmark of tracking: what a web process answers per second, what the applier counts.

    python -m tests.bench.tracking

A real granian (one worker) serves the application with the wrapper in front; a small generator of
ours keeps 64 connections busy on loopback, three pictures to one click, on the same cores: the
generator's CPU is the wall's, not the server's, so trust CPU per request. The yardstick is the same
address answered by a Flask view. Everything lies in a temporary folder, on SQLite.
"""

import os
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import click
from flask import Flask

from outreach import create_app
from outreach.core.clock import now
from outreach.core.config import Settings
from outreach.core.db import db, engine_for
from outreach.core.signing import nonce_of
from outreach.core.state import state
from outreach.tracking.applier import BATCH, apply
from outreach.tracking.hits_file import hits_files, hits_folder
from outreach.tracking.wsgi import init_tracking
from tests.databases import migrate, settings_for
from tests.factories import Factory
from tests.tracking.factories import CHROME, KEY, Sent
from tests.tracking.sending import sent_mailing

CONNECTIONS = 64
SECONDS = 5.0
LETTERS = 20_000
FOLDER = "OUTREACH_BENCH_FOLDER"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What a run of the generator saw."""

    requests: int
    seconds: float
    cpu_seconds: float
    middle: float
    """Milliseconds of the median; `slow` of the 99th percentile."""
    slow: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def cpu(self) -> float:
        """The server's microseconds per request."""
        return self.cpu_seconds / self.requests * 1e6


def _settings(folder: Path) -> Settings:
    return settings_for(f"sqlite:///{folder / 'bench.sqlite'}", folder, catcher=True)


def create() -> Flask:
    """Return the application of the granian process; its folder stands in the environment."""
    app = create_app(_settings(Path(os.environ[FOLDER])))
    init_tracking(app)
    return app


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve with one worker; gives the port and the worker's process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "1"]
    command += ["--log-level", "warning", "tests.bench.tracking:create"]
    process = subprocess.Popen(command, env={**os.environ, FOLDER: str(folder)})
    try:
        _wait_for(port)
        yield port, _worker_of(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("granian did not start")


def _worker_of(parent: int) -> int:
    """Return the process that answers: granian's child that has used most CPU."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return max((int(child) for child in children), key=_cpu_of)


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _requests(paths: Sequence[str]) -> list[bytes]:
    head = f"HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {CHROME}\r\n\r\n"
    return [f"GET {path} {head}".encode() for path in paths]


@dataclass
class Caller:
    """One connection: sends a request, reads its answer whole, sends the next."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytes = b""

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.received, self.sent_at = b"", time.perf_counter()
        self.connection.send(request)

    def has_answer(self) -> bool:
        """Read what has come; say whether the answer is whole."""
        self.received += self.connection.recv(65536)
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3")):
            raise RuntimeError(f"not what was asked for: {head!r}")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return len(body) >= int(length)


def load(port: int, worker: int, paths: Sequence[str], seconds: float) -> Load:
    """Keep 64 connections busy for a while; each sends its next request after an answer."""
    requests = cycle(_requests(paths))
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        cpu, start = _cpu_of(worker), time.perf_counter()
        callers = [_call(selector, port, next(requests)) for _ in range(CONNECTIONS)]
        while time.perf_counter() - start < seconds:
            for key, _ in selector.select(1):
                caller: Caller = key.data
                if caller.has_answer():
                    times.append(time.perf_counter() - caller.sent_at)
                    caller.ask(next(requests))
        elapsed, spent = time.perf_counter() - start, _cpu_of(worker) - cpu
    for caller in callers:
        caller.connection.close()
    times.sort()
    middle, slow = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    return Load(len(times), elapsed, spent, middle, slow)


def _call(selector: selectors.BaseSelector, port: int, request: bytes) -> Caller:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    caller = Caller(connection)
    selector.register(connection, selectors.EVENT_READ, caller)
    caller.ask(request)
    return caller


def paths_of(sent: Sent, letters: int) -> list[str]:
    """Return addresses as letters hold them: three pictures to one click, each letter its own."""
    tokens = [
        sent.signer.unlinked(sent.mailing_id, 1, nonce_of(KEY, number))
        for number in range(1, letters + 1)
    ]
    return [
        f"/t/c/{token}/{1 + index % 4}" if index % 4 == 3 else f"/t/o/{token}.gif"
        for index, token in enumerate(tokens)
    ]


def measure_serving(folder: Path, sent: Sent) -> None:
    """Print how many requests a second one web process answers."""
    paths = paths_of(sent, LETTERS)
    with serving(folder) as (port, worker):
        load(port, worker, paths, 1.0)
        ours = load(port, worker, paths, SECONDS)
        flask = load(port, worker, ["/static/img/mark.svg"], 2.0)
    for name, run in (("picture and click", ours), ("a static file by Flask", flask)):
        click.echo(
            f"{name:24} {run.rate:8,.0f} req/s  {run.cpu:6.0f} us CPU  "
            f"p50 {run.middle:5.1f} ms  p99 {run.slow:5.1f} ms"
        )
    click.echo(f"{'':24} {ours.rate / flask.rate:8.1f} x as many, {SECONDS:.0f} s each")


def measure_applying(folder: Path, sent: Sent, uri: str) -> None:
    """Print how many hits a second the applier brings into the database."""
    hits = hits_folder(state(sent.app).settings.worker_folder)
    engine = engine_for(uri)
    for name in ("waiting from the load", "readers known already"):
        waiting = sum(path.stat().st_size for path in hits_files(hits))
        start, cpu = time.perf_counter(), time.process_time()
        done = apply(engine, hits, now=now())
        seconds, spent = time.perf_counter() - start, time.process_time() - cpu
        click.echo(
            f"{'applier, ' + name:32} {done.hits:8,} hits ({waiting / 1e6:.1f} MB)  "
            f"{done.hits / seconds:8,.0f} hits/s  {spent / done.hits * 1e6:5.0f} us CPU"
        )
        sent.append(*(sent.open(after=n, nonce=secrets.token_bytes(8)) for n in range(5000)))
    engine.dispose()
    click.echo(f"batches of {BATCH:,} lines, one transaction each")


def main() -> None:
    """Serve, load, apply; print figures."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-bench-"))
    try:
        settings = _settings(folder)
        migrate(settings.database_uri, folder)
        app = create_app(settings)
        sent = sent_mailing(app, Factory(app, now=now()), now())
        measure_serving(folder, sent)
        measure_applying(folder, sent, settings.database_uri)
        with app.app_context():
            db.engine.dispose()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
