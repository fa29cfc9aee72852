"""Benchmark of everything at once: web, sender and applier on one SQLite file.

    python -m tests.bench.together

A mailing is sent at full speed to a sink while a web process answers tracking addresses on 64
connections and an applier brings the hits into the same file; all of it on the same cores.
"""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import click

from outreach.core.clock import now
from outreach.core.state import state
from outreach.tracking.applier import Applied, apply
from outreach.tracking.hits_file import hits_folder
from tests.bench.delivery import database, prepared, send
from tests.bench.http_load import load, tool
from tests.bench.one_sender import Order
from tests.bench.send import sink
from tests.bench.tracking import paths_of
from tests.factories import Factory
from tests.tracking.factories import Sent
from tests.tracking.sending import sent_mailing
from tests.tracking.web_process import serving

RECIPIENTS = 10_000
SECONDS = 10.0
LETTERS = 200_000


@contextmanager
def applying(sent: Sent) -> Iterator[list[Applied]]:
    """Apply what waits, every quarter of a second, as a worker does."""
    stop, done = threading.Event(), list[Applied]()
    folder = hits_folder(state(sent.app).settings.worker_folder)

    def run() -> None:
        while not stop.wait(0.25):
            done.append(apply(sent.engine, folder, now=now()))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def main() -> None:
    """Print how many hits are answered while letters go out, and how many letters go out."""
    with database("sqlite") as (uri, folder), sink() as (port, server):
        kit = prepared(uri, folder, RECIPIENTS)
        sent = sent_mailing(kit.app, Factory(kit.app, now=now()), now())
        paths = paths_of(sent, LETTERS)
        with serving(folder, uri) as (web, pids), applying(sent) as done:
            load(web, pids, paths, 1.0)
            with ThreadPoolExecutor(1) as pool:
                sending = pool.submit(send, Order(uri, str(folder), port))
                run = load(web, pids, paths, SECONDS)
                letters = sending.result()
        click.echo(
            f"web + sender + applier on one SQLite file, {tool()}, load {os.getloadavg()[0]:.1f}"
        )
        click.echo(
            f"  {run.rate:8,.0f} hits/s answered  {run.cpu:4.0f} us CPU  "
            f"p50 {run.middle:.1f} ms  p99 {run.slow:.1f} ms"
        )
        click.echo(f"  {letters.line()}  ({server})")
        click.echo(f"  {sum(one.hits for one in done):8,} hits applied meanwhile")


if __name__ == "__main__":
    main()
