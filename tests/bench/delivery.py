"""Benchmark of delivery end to end: claim, render, send, record, with real people and ledger.

    python -m tests.bench.delivery [sqlite|postgresql] [--recipients 50000]

The sender runs in a process of its own, so that its CPU and its memory are its own; smtp-sink is
the server (see tests.bench.send). PostgreSQL is an embedded server that forgets durability: its
figures say what our statements cost, not what a disk does.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import func, select, update

from outreach import create_app
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.fanout import fan_out
from outreach.delivery.models import Delivery, DeliveryState
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mailings import blocks
from outreach.mailings.models import Mailing, MailingState
from tests.bench.apart import Network, networks
from tests.bench.send import WORDS, sink
from tests.databases import migrate, postgres_server, settings_for
from tests.delivery.kit import Kit
from tests.factories import Factory

RECIPIENTS = 50_000
CHUNK = 10_000
NAMES = ("sqlite", "postgresql")
CONTENT = blocks.compose(
    [
        {"kind": "headline", "text": "Cities that listen", "intro": "Dear {name|colleague},"},
        *(
            {
                "kind": "text",
                "markdown": f"{WORDS * 16}\n\nRead it at [page {n}](https://example.org/{n}).",
            }
            for n in range(6)
        ),
        {"kind": "ask_us", "text": "Write to us."},
    ]
)


@dataclass(frozen=True)
class Order:
    """What the sending process is to do."""

    uri: str
    folder: str
    port: int
    connections: int = 4
    server: str = "127.0.0.1"
    host: str = ""
    """The worker folder's name, where several hosts are played."""


@dataclass(frozen=True)
class Run:
    """What it took."""

    letters: int
    seconds: float
    cpu_seconds: float
    first_seconds: float
    peak_mb: float
    more_mb: float
    """What sending took beyond the idle application."""
    limit_us: float
    """CPU per letter of bare sockets that write one prepared letter again and again."""

    def line(self) -> str:
        """Say it in one line."""
        return (
            f"{self.letters / self.seconds:6.0f} letters/s  "
            f"{self.cpu_seconds / self.letters * 1e6:5.0f} µs CPU a letter  "
            f"(bare sockets: {self.limit_us:.0f} µs)  "
            f"{self.peak_mb:4.0f} MB peak ({self.more_mb:.0f} MB more than idle)  "
            f"first letter after {self.first_seconds:.2f} s"
        )


def main(databases: tuple[str, ...] = NAMES, recipients: int = RECIPIENTS) -> None:
    """Print letters per second, CPU per letter, peak memory and the time to the first letter."""
    for name in databases:
        with database(name) as (uri, folder), sink() as (port, server):
            kit = prepared(uri, folder, recipients)
            run = send(Order(uri, str(folder), port))
            accepted = counted(kit)
            click.echo(f"  {name:10} {run.line()}  ({server}, load {os.getloadavg()[0]:.1f})")
            assert accepted == recipients, f"{accepted} of {recipients} letters were accepted"


@contextmanager
def database(name: str) -> Iterator[tuple[str, Path]]:
    """Give the address of a migrated database and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as temporary:
        folder = Path(temporary)
        if name == "sqlite":
            uri = f"sqlite:///{folder / 'outreach.sqlite'}"
            migrate(uri, folder)
            yield uri, folder
            return
        with postgres_server() as address:
            uri = address.replace("postgresql://", "postgresql+psycopg://", 1)
            migrate(uri, folder)
            yield uri, folder


def application(order: Order) -> Flask:
    """Return an application whose letters go to the sink."""
    settings = settings_for(
        order.uri,
        Path(order.folder),
        mail_server=order.server,
        mail_port=order.port,
        worker_dir=Path(order.folder) / order.host if order.host else None,
        mail_default_sender="news@example.org",
        base_url="https://outreach.example.org",
    )
    return create_app(settings)


def prepared(uri: str, folder: Path, recipients: int) -> Kit:
    """Make the people and a mailing that is due tomorrow."""
    app = application(Order(uri, str(folder), 25))
    kit = Kit(app, Factory(app, now=now()), uri, folder)
    for begun in range(0, recipients, CHUNK):
        kit.people(min(CHUNK, recipients - begun))
    kit.mailing(content=CONTENT)
    return kit


def counted(kit: Kit) -> int:
    """Return how many letters our own books call accepted."""
    with kit.app.app_context():
        query = select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
        return db.session.scalar(query) or 0


def send(order: Order) -> Run:
    """Let a process of its own send everything, and return what it took."""
    return _awaited(_started(order))


def _started(order: Order, prefix: Sequence[str] = ()) -> "subprocess.Popen[str]":
    command = [
        *prefix,
        sys.executable,
        "-m",
        "tests.bench.delivery",
        "--run",
        json.dumps(asdict(order)),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _awaited(process: "subprocess.Popen[str]") -> Run:
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return Run(**json.loads(said.splitlines()[-1]))


def shared(workers: int, recipients: int) -> None:
    """Let several processes share a mailing on PostgreSQL; print the whole, check the count.

    Each has a worker folder of its own, as on a host of its own, and where that is allowed a
    network of its own.
    """
    with (
        database("postgresql") as (uri, folder),
        networks(workers) as apart,
        sink("0.0.0.0" if apart else "127.0.0.1") as (port, _),
    ):
        kit = prepared(uri, folder, recipients)
        places: Sequence[Network | None] = apart or [None] * workers
        begun = time.perf_counter()
        processes = [
            _started(
                Order(
                    uri,
                    str(folder),
                    port,
                    server=place.host if place else "127.0.0.1",
                    host=f"host-{number}",
                ),
                place.prefix if place else (),
            )
            for number, place in enumerate(places)
        ]
        runs = [_awaited(process) for process in processes]
        seconds = time.perf_counter() - begun
        cpu = sum(run.cpu_seconds for run in runs) / recipients * 1e6
        where = "in network namespaces" if apart else "namespaces are not allowed here"
        click.echo(
            f"  postgresql, {workers} worker(s), {where}: {recipients / seconds:6.0f} letters/s "
            f"with the processes' start, {cpu:4.0f} µs CPU a letter "
            f"(load {os.getloadavg()[0]:.1f})"
        )
        assert counted(kit) == recipients
        assert not kit.doubted()


def work(order: Order) -> None:
    """Send, in the process of its own."""
    app = application(order)
    idle = peak_mb()
    first = FirstLetter(app)
    wall, cpu = time.perf_counter(), time.process_time()
    first.start()
    run_due(app, stop=threading.Event(), options=SenderOptions(connections=order.connections))
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    with app.app_context():
        letters = db.session.scalar(select(func.count()).select_from(Delivery)) or 0
    peak = peak_mb()
    limit = limit_us(order, min(letters, 5_000))
    run = Run(letters, seconds, cpu_seconds, first.seconds, peak, peak - idle, limit)
    click.echo(json.dumps(asdict(run)))


def peak_mb() -> float:
    """Return the most memory this process held; getrusage would count its parent's as well."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) / 1024


def limit_us(order: Order, letters: int) -> float:
    """Return microseconds of CPU a letter for what no sender can do without."""
    threads = [
        threading.Thread(target=write_bare, args=(order, letters // order.connections))
        for _ in range(order.connections)
    ]
    cpu = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.process_time() - cpu) / letters * 1e6


def write_bare(order: Order, letters: int) -> None:
    """Write one letter of the usual size so many times, envelope and body in a write each."""
    envelope = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    body = (b"x" * 76 + b"\r\n") * 490 + b".\r\n"
    with socket.create_connection((order.server, order.port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.recv(4096)
        sock.sendall(b"EHLO bench\r\n")
        sock.recv(4096)
        for _ in range(letters):
            sock.sendall(envelope)
            replies = b""
            while replies.count(b"\n") < 3:
                replies += sock.recv(4096)
            sock.sendall(body)
            sock.recv(4096)


class FirstLetter(threading.Thread):
    """Notes when the first result stood in the database."""

    def __init__(self, app: Flask) -> None:
        super().__init__(daemon=True)
        self._app, self._begun, self.seconds = app, time.perf_counter(), 0.0

    def run(self) -> None:
        is_there = select(Delivery.number).where(Delivery.state == DeliveryState.ACCEPTED).limit(1)
        with self._app.app_context():
            engine = db.engine
        while not self.seconds:
            time.sleep(0.05)
            with engine.connect() as reading:
                if reading.scalar(is_there) is not None:
                    self.seconds = time.perf_counter() - self._begun


def fan_out_only(recipients: int) -> None:
    """Print how long the fan-out of a large mailing holds the database on SQLite."""
    with database("sqlite") as (uri, folder):
        kit = prepared(uri, folder, recipients)
        begun = time.perf_counter()
        with kit.app.app_context():
            engine, settings = db.engine, state(kit.app).settings
            with transaction() as session:
                mailing_id = session.scalars(select(Mailing.id)).one()
                session.execute(update(Mailing).values(state=MailingState.SENDING))
        with transaction(engine) as writing:
            made = fan_out(
                writing,
                mailing_id,
                tracking=settings.tracking,
                threshold=settings.disclosure_threshold,
                transport="smtp",
                now=now(),
            )
        seconds = time.perf_counter() - begun
        click.echo(f"  fan-out of {made.recipients:,} deliveries: {seconds:.1f} s (sqlite)")


@click.command()
@click.argument("databases", nargs=-1, type=click.Choice(NAMES))
@click.option("--recipients", default=RECIPIENTS, show_default=True)
@click.option("--fan-out", default=0, help="Only measure the fan-out of so many deliveries.")
@click.option("--workers", default=0, help="Share one mailing on PostgreSQL among so many.")
@click.option("--run", hidden=True)
def command(
    databases: tuple[str, ...], recipients: int, fan_out: int, workers: int, run: str | None
) -> None:
    """Measure delivery."""
    if run:
        work(Order(**json.loads(run)))
    elif fan_out:
        fan_out_only(fan_out)
    elif workers:
        shared(workers, recipients)
    else:
        main(databases or NAMES, recipients)


if __name__ == "__main__":
    command()
