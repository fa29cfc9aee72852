"""Benchmark of tracking: what a web process answers per second, what the applier counts.

    python -m tests.bench.tracking

A real granian (one worker) serves the application with the wrapper in front; a small generator of
ours keeps 64 connections busy on loopback, three pictures to one click, on the same cores: the
generator's CPU is the wall's, not the server's, so trust CPU per request. The yardstick is the same
address answered by a Flask view. Everything lies in a temporary folder, on SQLite.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.bench.http_load import Load, cpu_of, load, tool
from tests.databases import migrate, settings_for
from tests.factories import Factory
from tests.tracking.factories import KEY, Sent
from tests.tracking.sending import sent_mailing

SECONDS = 5.0
ROUNDS = 3
LETTERS = 20_000
FOLDER = "OUTREACH_BENCH_FOLDER"


def _settings(folder: Path) -> Settings:
    return settings_for(f"sqlite:///{folder / 'bench.sqlite'}", folder, catcher=True)


def create() -> Flask:
    """Return the application of the granian process; its folder stands in the environment."""
    app = create_app(_settings(Path(os.environ[FOLDER])))
    init_tracking(app)
    return app


@contextmanager
def serving(folder: Path, *, threads: int = 1) -> Iterator[tuple[int, int]]:
    """Serve with one worker; gives the port and the worker's process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", str(threads)]
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
    return max((int(child) for child in children), key=cpu_of)


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
    """Print how many requests a second one web process answers, with one thread and with four."""
    paths = paths_of(sent, LETTERS)
    for threads in (1, 4):
        with serving(folder, threads=threads) as (port, worker):
            load(port, worker, paths, 1.0)
            runs = [load(port, worker, paths, SECONDS) for _ in range(ROUNDS)]
            flask = load(port, worker, ["/static/img/mark.svg"], 2.0)
            size = _memory_of(worker)
        ours = sorted(runs, key=lambda run: run.rate)[ROUNDS // 2]
        click.echo(f"{threads} blocking thread(s), {tool()}, median of {ROUNDS} x {SECONDS:.0f} s")
        _print("picture and click", ours)
        _print("a static file by Flask", flask)
        click.echo(f"{'':24} {ours.rate / flask.rate:8.1f} x as many; {size:.0f} MB resident")


def _print(name: str, run: Load) -> None:
    click.echo(
        f"{name:24} {run.rate:8,.0f} req/s  {run.cpu:6.0f} us CPU  "
        f"p50 {run.middle:5.1f} ms  p99 {run.slow:5.1f} ms"
    )


def _memory_of(pid: int) -> float:
    """Return the resident megabytes of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


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
