"""A sender in a process of its own, that imports nothing but the program: for the benchmarks.

python -m tests.bench.one_sender ORDER
"""

import json
import re
import socket
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import func, select, update

from outreach import create_app
from outreach.core.clock import now
from outreach.core.collecting import keep_what_is_there
from outreach.core.config import load_settings
from outreach.core.db import db, transaction
from outreach.delivery.models import Delivery, DeliveryState
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mailings.models import Mailing, MailingState

TICK_SECONDS = 0.4
"""How often a worker looks what is due."""


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
    waits: bool = False
    """Whether it says when it is ready, and begins at the next line it reads: others share the
    mailing, and somebody else says "Send now"."""


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


def application(order: Order) -> Flask:
    """Return an application whose letters go to the sink; its keys were made already."""
    settings = load_settings(
        environment={},
        instance=Path(order.folder),
        keys=Path(order.folder) / "keys.json",
        sqlalchemy_database_uri=order.uri,
        mail_server=order.server,
        mail_port=order.port,
        worker_dir=Path(order.folder) / order.host if order.host else None,
        mail_default_sender="news@example.org",
        base_url="https://outreach.example.org",
    )
    return create_app(settings)


def work(order: Order) -> None:
    """Send, in the process of its own."""
    app = application(order)
    stop, options = threading.Event(), SenderOptions(connections=order.connections)
    run_due(app, stop=stop, options=options)  # a worker that has looked before, as most have
    keep_what_is_there()  # as the worker's process does
    idle = peak_mb()
    if order.waits:
        click.echo("ready")
        sys.stdin.readline()
    else:
        send_now(app)
    first = FirstLetter(app)
    wall, cpu = time.perf_counter(), time.process_time()
    first.start()
    while not is_sent(app):
        if not run_due(app, stop=stop, options=options):
            time.sleep(TICK_SECONDS)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    with app.app_context():
        letters = db.session.scalar(select(func.count()).select_from(Delivery)) or 0
    peak = peak_mb()
    limit = limit_us(order, min(letters, 5_000))
    run = Run(letters, seconds, cpu_seconds, first.seconds, peak, peak - idle, limit)
    click.echo(json.dumps(asdict(run)))


def send_now(app: Flask) -> None:
    """Make the mailing due, as the button does."""
    with app.app_context(), transaction() as session:
        waits = Mailing.state == MailingState.SCHEDULED
        session.execute(update(Mailing).where(waits).values(due_at=now()))


def is_sent(app: Flask) -> bool:
    """Whether no mailing waits for its moment or is being sent."""
    is_open = Mailing.state.in_((MailingState.SCHEDULED, MailingState.SENDING))
    with app.app_context():
        engine = db.engine
    with engine.connect() as reading:
        return reading.scalar(select(Mailing.id).where(is_open).limit(1)) is None


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


if __name__ == "__main__":
    work(Order(**json.loads(sys.argv[1])))
