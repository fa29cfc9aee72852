"""Benchmark of delivery end to end: claim, render, send, record, with real people and ledger.

    python -m tests.bench.delivery [sqlite|postgresql] [--recipients 50000]

The sender runs in a process of its own, so that its CPU and its memory are its own; smtp-sink is
the server (see tests.bench.send). PostgreSQL is an embedded server that forgets durability: its
figures say what our statements cost, not what a disk does.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import func, select, update

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.fanout import fan_out
from outreach.delivery.models import Delivery, DeliveryState
from outreach.mailings import blocks
from outreach.mailings.confirming import confirm
from outreach.mailings.headcount import take_headcount
from outreach.mailings.models import Mailing, MailingState
from tests.bench.apart import Network, networks
from tests.bench.one_sender import Order, Run, application, send_now
from tests.bench.send import WORDS, sink
from tests.databases import migrate, postgres_server
from tests.delivery.kit import Kit
from tests.factories import Factory
from tests.stakeholders.crowd import settle

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


def prepared(uri: str, folder: Path, recipients: int) -> Kit:
    """Make the people and a mailing to them that somebody confirmed, due tomorrow."""
    app = application(Order(uri, str(folder), 25))
    kit = Kit(app, Factory(app, now=now()), uri, folder)
    for begun in range(0, recipients, CHUNK):
        kit.people(min(CHUNK, recipients - begun))
    with app.app_context():
        settle(db.engine)
    mailing_id = kit.mailing(content=CONTENT, due_at=now() + timedelta(days=1))
    with app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        confirm(session, mailing, take_headcount(session, mailing, now=now()))
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
        "tests.bench.one_sender",
        json.dumps(asdict(order)),
    ]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _awaited(process: "subprocess.Popen[str]") -> Run:
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return Run(**json.loads(said.splitlines()[-1]))


def shared(workers: int, recipients: int) -> None:
    """Let several processes share a mailing on PostgreSQL; print the whole, check the count.

    Each has a worker folder of its own, as on a host of its own, and where that is allowed a
    network of its own. All work on this machine's processors, as the database and the mail server
    do: what more workers add where those are not the limit, tests.bench.far says.
    """
    with (
        database("postgresql") as (uri, folder),
        networks(workers) as apart,
        sink("0.0.0.0" if apart else "127.0.0.1") as (port, _),
    ):
        kit = prepared(uri, folder, recipients)
        places: Sequence[Network | None] = apart or [None] * workers
        orders = [
            (
                Order(
                    uri,
                    str(folder),
                    port,
                    server=place.host if place else "127.0.0.1",
                    host=f"host-{number}",
                    waits=True,
                ),
                place.prefix if place else (),
            )
            for number, place in enumerate(places)
        ]
        seconds, cpu_us = sent_together(kit, orders)
        where = "in network namespaces" if apart else "namespaces are not allowed here"
        click.echo(
            f"  postgresql, {workers} worker(s), {where}: {recipients / seconds:6.0f} letters/s "
            f"{cpu_us:4.0f} µs CPU a letter (load {os.getloadavg()[0]:.1f})"
        )
        assert counted(kit) == recipients
        assert not kit.doubted()


def sent_together(kit: Kit, orders: Sequence[tuple[Order, Sequence[str]]]) -> tuple[float, float]:
    """Start a process for each order, say "Send now" once all are ready, and wait.

    Returns seconds, and all processes' microseconds of CPU for one letter.
    """
    processes = [_started(order, prefix) for order, prefix in orders]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    send_now(kit.app)
    begun = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    runs = [_awaited(process) for process in processes]
    cpu_seconds = sum(run.cpu_seconds for run in runs)
    # Afterwards each measures bare sockets, which is none of the mailing's time.
    seconds = max(run.seconds for run in runs)
    assert seconds <= time.perf_counter() - begun
    return seconds, cpu_seconds / len(kit.recipients) * 1e6


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
def command(databases: tuple[str, ...], recipients: int, fan_out: int, workers: int) -> None:
    """Measure delivery."""
    if fan_out:
        fan_out_only(fan_out)
    elif workers:
        shared(workers, recipients)
    else:
        main(databases or NAMES, recipients)


if __name__ == "__main__":
    command()
