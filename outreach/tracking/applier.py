"""The applier: brings hits files into the database, a batch in one transaction with its offset.

Files belong to this host's folder and outlive the process that wrote them; any worker may apply
them, and however often one is killed, a line is counted once: the offset moves in the transaction
that wrote its hits, and only for whoever finds it where they began to read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice, takewhile
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import DataError, IntegrityError

from outreach.core.collecting import without_collecting
from outreach.core.db import transaction
from outreach.tracking.figure_rows import upsert, wait_for_turn
from outreach.tracking.hits_file import Line, hits_files, is_finished, read_lines
from outreach.tracking.ledger import add_hits
from outreach.tracking.models import HitsFile
from outreach.tracking.resolving import Resolver

log = structlog.get_logger()
BATCH = 2000
"""Lines in one transaction: about 0.2 s, so that other writers of SQLite wait no longer."""
BATCHES_AT_ONCE = 10
"""Transactions for one file in a run of the worker, so that no file keeps it from all else."""
GRACE = timedelta(minutes=10)
"""How long a file is kept after its last line was applied."""


@dataclass(frozen=True)
class Applied:
    """What one run did."""

    hits: int = 0
    skipped: int = 0
    """Lines that were damaged or named nothing we know."""

    def __add__(self, other: "Applied") -> "Applied":
        return Applied(self.hits + other.hits, self.skipped + other.skipped)


def apply(
    engine: Engine,
    folder: Path,
    *,
    now: datetime,
    batch: int = BATCH,
    batches: int | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Applied:
    """Apply all that waits in the hits files of `folder` and take away what was applied long ago.

    With `batches` at most so many transactions for each file: more may come in than is applied.
    Between two of them `is_stopping` is asked. Safe to run at any time, also by several workers at
    once, and to be killed at any point.
    """
    applied = Applied()
    for path in hits_files(folder):
        turns = takewhile(lambda _: not is_stopping(), islice(count(), batches))
        try:
            applied += _apply_file(engine, path, turns, now=now, batch=batch)
        except FileNotFoundError:
            # Another worker took it away in between.
            continue
    return applied


def _apply_file(
    engine: Engine, path: Path, turns: Iterable[int], *, now: datetime, batch: int
) -> Applied:
    """Apply a file, a batch for each of the `turns` there are, or up to its end."""
    applied = Applied()
    offset = _offset(engine, path.name, now=now)
    for _ in turns:
        lines = read_lines(path, offset, batch)
        if not lines:
            _remove_if_old(engine, path, offset, now=now)
            break
        with without_collecting():
            done = _apply_lines(engine, path.name, offset, lines, now=now)
        if done is None:
            return applied
        applied += done
        offset = lines[-1].end
    return applied


def _offset(engine: Engine, name: str, *, now: datetime) -> int:
    """Return how far a file was applied; a file seen for the first time gets its row."""
    known = select(HitsFile.offset).where(HitsFile.name == name)
    with engine.connect() as connection:
        offset = connection.scalar(known)
    if offset is not None:
        return offset
    with transaction(engine) as connection:
        statement = upsert(connection, HitsFile.__table__)  # type: ignore[arg-type]  # a Table in fact
        connection.execute(
            statement.values(
                name=name, offset=0, applied_at=now, skipped=0
            ).on_conflict_do_nothing()
        )
        return connection.scalar(known) or 0


def _apply_lines(
    engine: Engine, name: str, offset: int, lines: Sequence[Line], *, now: datetime
) -> Applied | None:
    """Apply lines together; those the database refuses are found by halving and left out.

    None when another worker was faster.
    """
    try:
        with transaction(engine) as connection:
            return _write(connection, name, offset, lines, now=now)
    except (IntegrityError, DataError) as error:
        if len(lines) == 1:
            # PostgreSQL tells the row on further lines: a reader's key is nothing for a log.
            reason = str(error.orig).partition("\n")[0]
            log.warning("a hit was left out", file=name, offset=offset, reason=reason)
            garbage = [Line(None, lines[0].end)]
            return _apply_lines(engine, name, offset, garbage, now=now)
    middle = len(lines) // 2
    first = _apply_lines(engine, name, offset, lines[:middle], now=now)
    if first is None:
        return None
    second = _apply_lines(engine, name, lines[middle - 1].end, lines[middle:], now=now)
    return None if second is None else first + second


def _write(
    connection: Connection, name: str, offset: int, lines: Sequence[Line], *, now: datetime
) -> Applied | None:
    wait_for_turn(connection)
    if not _advance(connection, name, offset, lines[-1].end, now=now):
        return None
    records = [line.record for line in lines if line.record is not None]
    resolver = Resolver(connection, records)
    hits = [hit for hit in map(resolver.resolve, records) if hit is not None]
    add_hits(connection, hits, links=resolver.links)
    skipped = len(lines) - len(hits)
    if skipped:
        log.warning("lines of a hits file were skipped", file=name, lines=skipped)
        connection.execute(
            update(HitsFile).where(HitsFile.name == name).values(skipped=HitsFile.skipped + skipped)
        )
    return Applied(len(hits), skipped)


def _advance(connection: Connection, name: str, offset: int, end: int, *, now: datetime) -> bool:
    moved = connection.execute(
        update(HitsFile)
        .where(HitsFile.name == name, HitsFile.offset == offset)
        .values(offset=end, applied_at=now)
    )
    return moved.rowcount == 1


def _remove_if_old(engine: Engine, path: Path, offset: int, *, now: datetime) -> None:
    """Take a file away that nobody writes and that was applied a while ago, then its row.

    The file first: a row without a file is harmless, a file without a row would count again.
    """
    if not is_finished(path) or path.stat().st_size > offset:
        return
    with engine.connect() as connection:
        applied_at = connection.scalar(
            select(HitsFile.applied_at).where(HitsFile.name == path.name)
        )
    if applied_at is None or applied_at > now - GRACE:
        return
    path.unlink(missing_ok=True)
    with transaction(engine) as connection:
        connection.execute(delete(HitsFile).where(HitsFile.name == path.name))


def waiting(engine: Engine, folder: Path) -> int:
    """Return how many bytes of hits files were not applied yet."""
    with engine.connect() as connection:
        offsets = dict(connection.execute(select(HitsFile.name, HitsFile.offset)).all())
    return sum(
        max(0, path.stat().st_size - offsets.get(path.name, 0)) for path in hits_files(folder)
    )
