"""Benchmark of tracking: what web processes answer, what the applier counts, what a kill costs.

    python -m tests.bench.tracking [sqlite|postgresql] [serving] [killing] [applying] [lasting]

A real granian serves the application with the wrapper in front, three pictures to one click; the
load runs on the same cores, so trust CPU per unit. The yardstick is a static file by Flask.
Everything lies in a temporary folder, on SQLite unless told otherwise. What is answered asks no
database, so that PostgreSQL shows the same figures there. OUTREACH_BENCH_HITS says how many hits
are there before the applier is measured, and how many `lasting`, which runs only where it is
named, has answered (1,000,000 unless told otherwise).
"""

import os
import random
import secrets
import shutil
import signal
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from statistics import median

import click
from sqlalchemy import text

from outreach import create_app
from outreach.core.clock import now
from outreach.core.db import db, engine_for
from outreach.core.signing import nonce_of
from outreach.core.state import state
from outreach.tracking.applier import BATCH, apply
from outreach.tracking.hits_file import HitsWriter, hits_folder
from outreach.tracking.models import Hit
from outreach.tracking.records import encode
from tests.bench.delivery import database
from tests.bench.http_load import Load, load, tool
from tests.bench.lasting import measure_lasting, memory_of
from tests.factories import Factory
from tests.tracking.factories import KEY, Sent
from tests.tracking.sending import sent_mailing
from tests.tracking.web_process import Readers, serving, settings_in

SECONDS = 5.0
ROUNDS = 3
KILLS = 10
LETTERS = 100_000
NEW_HITS = 40_000
PARTS = ("serving", "killing", "applying")
LASTING = "lasting"
PRESENT = int(os.environ.get("OUTREACH_BENCH_HITS", "1000000"))
_READERS = """
INSERT INTO reader (mailing_id, key, group_no, is_letter, hits, first_open_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {readers})
SELECT {mailing} + 1000 * (i % 20), {key}, 1, TRUE, 2, {moment} FROM n
"""
_HITS = """
INSERT INTO hit (at, kind, mailing_id, group_no, reader, is_letter, link_number, method,
  agent_family, is_prefetch, is_range, label, reason, rule_version, is_repeat)
SELECT {moment}, CASE n.i WHEN 1 THEN 'open' ELSE 'click' END, mailing_id,
  1, key, TRUE, CASE n.i WHEN 1 THEN NULL ELSE 1 END, 'GET', 'chrome', FALSE, FALSE, 'human',
  'a mail program or browser', 1, FALSE
FROM reader, (SELECT 1 AS i UNION ALL SELECT 2) AS n
"""
_WORDS = {
    "sqlite": {"key": "randomblob(8)", "moment": "'2026-03-02 09:00:00.000000'"},
    "postgresql": {
        "key": "decode(substr(md5(random()::text), 1, 16), 'hex')",
        "moment": "timestamptz '2026-03-02 09:00:00+00'",
    },
}
"""What the two databases call a random key and a moment."""


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


def all_paths_of(sent: Sent, letters: int) -> list[str]:
    """Return addresses of letters that hold tokens of every kind, a third of each."""
    personal = [
        f"/t/o/{sent.signer.delivery_tokens(sent.mailing_id, number).personal}.gif"
        for number in range(1, letters // 3 + 1)
    ]
    shared = f"/t/c/{sent.signer.shared(sent.mailing_id, 1)}/1"
    unlinked = paths_of(sent, letters // 3)
    return [
        path
        for mine, theirs in zip(personal, unlinked, strict=True)
        for path in (mine, theirs, shared)
    ]


def measure_serving(folder: Path, uri: str, sent: Sent) -> None:
    """Print how many requests are answered a second: by one process or two, by threads."""
    paths = paths_of(sent, LETTERS)
    for workers, threads in ((1, 1), (1, 4), (2, 4)):
        with serving(folder, uri, threads=threads, workers=workers) as (port, pids):
            load(port, pids, paths, 1.0)
            before = memory_of(pids)
            runs = [load(port, pids, paths, SECONDS) for _ in range(ROUNDS)]
            grown = memory_of(pids) - before
            flask = load(port, pids, ["/static/img/mark.svg"], 2.0)
        ours = sorted(runs, key=lambda run: run.rate)[ROUNDS // 2]
        click.echo(
            f"{workers} process(es) of {threads} blocking thread(s), {tool()}, "
            f"median of {ROUNDS} x {SECONDS:.0f} s"
        )
        _print("picture and click", ours)
        _print("a static file by Flask", flask)
        answered = sum(run.requests for run in runs)
        click.echo(
            f"{'':24} {ours.rate / flask.rate:8.1f} x as many; "
            f"memory grew by {grown:.1f} MB over {answered:,} hits"
        )


def _print(name: str, run: Load) -> None:
    click.echo(
        f"{name:24} {run.rate:8,.0f} req/s  {run.cpu:6.0f} us CPU  "
        f"p50 {run.middle:5.1f} ms  p99 {run.slow:5.1f} ms"
    )


def measure_memory(folder: Path, uri: str, sent: Sent) -> None:
    """Print the memory of one web process, then of two, as they answer hit after hit."""
    paths = all_paths_of(sent, LETTERS * 3)
    for workers in (1, 2):
        with serving(folder, uri, workers=workers) as (port, pids):
            measure_lasting(port, pids, paths, hits=PRESENT, folder=_hits_of(sent))


def measure_killing(folder: Path, uri: str, sent: Sent) -> None:
    """Kill a web process under load again and again; print what was lost or doubled."""
    acknowledged: set[bytes] = set()
    for _ in range(KILLS):
        with serving(folder, uri) as (port, pids):
            readers = Readers(sent, port, connections=16)
            readers.start()
            time.sleep(random.uniform(0.3, 1.5))
            os.kill(pids[0], signal.SIGKILL)
            readers.wait()
        acknowledged.update(readers.acknowledged)
        apply(sent.engine, _hits_of(sent), now=now())
    rows = [hit["reader"] for hit in sent.rows(Hit)]
    counted = [reader for reader in rows if reader in acknowledged]
    click.echo(
        f"{KILLS} x kill -9 of the web process under load: {len(acknowledged):,} acknowledged, "
        f"{len(acknowledged - set(rows))} lost, {len(counted) - len(set(counted))} counted twice"
    )


def measure_applying(sent: Sent, uri: str) -> None:
    """Print how many hits a second the applier brings into a database that holds many."""
    start = time.perf_counter()
    engine = engine_for(uri)
    words = {"readers": PRESENT // 2, "mailing": sent.mailing_id, **_WORDS[engine.dialect.name]}
    with engine.begin() as connection:
        connection.execute(text(_READERS.format(**words)))
        connection.execute(text(_HITS.format(**words)))
    with engine.connect() as connection:
        ours = text("SELECT key FROM reader WHERE mailing_id = :mailing")
        known = connection.execute(ours, {"mailing": sent.mailing_id}).scalars().all()
    click.echo(
        f"{PRESENT:,} hits of 20 mailings put in place in {time.perf_counter() - start:.0f} s"
    )
    rounds, resident = count(), memory_of([os.getpid()])
    for name, share_known in (("of new letters", 0.0), ("half of letters known", 0.5)):
        runs = [_apply_once(sent, known, share_known, next(rounds)) for _ in range(ROUNDS)]
        rates, spent = zip(*runs, strict=True)
        click.echo(
            f"applier, {name:24} {median(rates):8,.0f} hits/s  {median(spent):5.0f} us CPU a hit "
            f"= {1e6 / median(spent):8,.0f} hits/s per core"
        )
    click.echo(
        f"median of {ROUNDS} x {NEW_HITS:,} hits, {BATCH:,} lines in one transaction; memory grew "
        f"by {memory_of([os.getpid()]) - resident:.1f} MB over {2 * ROUNDS * NEW_HITS:,} hits"
    )
    engine.dispose()


def _apply_once(
    sent: Sent, known: Sequence[bytes], share_known: float, number: int
) -> tuple[float, float]:
    """Apply hits as letters bring them, about three a letter; gives the rate and CPU per hit.

    Each round goes on where the one before it ended: hits come in the order of time.
    """
    new = [secrets.token_bytes(8) for _ in range(NEW_HITS // 3)]
    writer = HitsWriter(_hits_of(sent))
    for index in range(NEW_HITS):
        letter = random.choice(known if random.random() < share_known else new)
        after = (number * NEW_HITS + index) / 500
        record = (
            sent.open(after=after, nonce=letter)
            if index % 4
            else sent.click(1 + index % 3, after=after, nonce=letter)
        )
        writer.append(encode(record))
    writer.close()
    start, cpu = time.perf_counter(), time.process_time()
    done = apply(sent.engine, _hits_of(sent), now=now())
    seconds, spent = time.perf_counter() - start, time.process_time() - cpu
    return done.hits / seconds, spent / done.hits * 1e6


def _hits_of(sent: Sent) -> Path:
    return hits_folder(state(sent.app).settings.worker_folder)


def _forget(sent: Sent) -> None:
    """Take away what the load left to be applied: it is not what the applier is measured with."""
    shutil.rmtree(_hits_of(sent), ignore_errors=True)


@click.command()
@click.argument("words", nargs=-1, type=click.Choice(["sqlite", "postgresql", *PARTS, LASTING]))
def main(words: Sequence[str]) -> None:
    """Serve, kill, apply; print figures. Of these three parts unless some are named.

    On SQLite unless postgresql is named. OUTREACH_BENCH_HITS says how many hits are there before
    the applier is measured (1,000,000 unless told otherwise; 10,000,000 take some 6 GB of disk),
    or how many "lasting" has answered while it looks at the memory (10,000,000: 12 minutes each by
    one process and by two).
    """
    parts = set(words) & {*PARTS, LASTING} or set(PARTS)
    with database("postgresql" if "postgresql" in words else "sqlite") as (uri, folder):
        app = create_app(settings_in(folder, uri))
        sent = sent_mailing(app, Factory(app, now=now()), now())
        if "serving" in parts:
            measure_serving(folder, uri, sent)
            _forget(sent)
        if "killing" in parts:
            measure_killing(folder, uri, sent)
        if LASTING in parts:
            measure_memory(folder, uri, sent)
            _forget(sent)
        if "applying" in parts:
            measure_applying(sent, uri)
        with app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    main()
