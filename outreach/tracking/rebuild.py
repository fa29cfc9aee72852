"""Counting everything again from hits and letters, and saying where a figure was wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, Engine, select

from outreach.core.db import transaction
from outreach.delivery.figures import recount
from outreach.delivery.models import Dispatch
from outreach.tracking.counting import (
    PUBLIC,
    Cell,
    Figures,
    Identity,
    Judged,
    Tally,
    firsts_of,
)
from outreach.tracking.figure_rows import (
    FIGURE_TABLES,
    add_figures,
    cell_of,
    columns_of,
    wait_for_turn,
)
from outreach.tracking.ledger import write_readers
from outreach.tracking.models import Hit, Reader
from outreach.tracking.stored import (
    HIT_COLUMNS,
    KnownReader,
    StoredHit,
    of_mailing,
    stored_hit,
)


@dataclass(frozen=True)
class Difference:
    """A number that did not agree with the hits, and what it is now."""

    table: str
    key: tuple[object, ...]
    column: str
    was: object
    is_now: object


def counted_mailings(engine: Engine) -> list[int]:
    """Return everything that is counted by itself: visitors without a letter, and each mailing."""
    with engine.connect() as connection:
        sent = connection.scalars(select(Dispatch.mailing_id).order_by(Dispatch.mailing_id))
        return [PUBLIC, *sent]


def rebuild(engine: Engine, mailing_id: int) -> list[Difference]:
    """Count a mailing's hits again (`PUBLIC`, 0: those without a letter) and set all figures right.

    Labels stay as they were judged. Returns what differed, empty when all was right.
    """
    with transaction(engine) as connection:
        wait_for_turn(connection)
        figures, readers = _count(connection, mailing_id)
        stored = _stored_figures(connection, mailing_id)
        wrong = _differing(stored, figures)
        add_figures(connection, Figures({cell: now - was for cell, was, now in wrong}))
        return [
            *_set_letters_right(connection, mailing_id),
            *(_difference(*found) for found in wrong),
            *_set_readers_right(connection, mailing_id, readers),
        ]


def _count(connection: Connection, mailing_id: int) -> tuple[Figures, dict[bytes, KnownReader]]:
    tally = Tally()
    readers: dict[bytes, KnownReader] = {}
    for who, number, hits in _readers(connection, mailing_id):
        judged = [(hit.fact, hit.judgement) for hit in hits]
        tally.add(who, judged)
        _, key = hits[0].key
        readers[key] = _reader(key, who, number, judged)
    return tally.figures(), readers


def _readers(
    connection: Connection, mailing_id: int
) -> Iterator[tuple[Identity, int | None, list[StoredHit]]]:
    """Give each reader with its delivery (where it is followed) and its hits, one by one."""
    rows = connection.execute(
        select(*HIT_COLUMNS, Hit.group_no, Hit.is_letter, Hit.number)
        .where(of_mailing(mailing_id))
        .order_by(Hit.reader, Hit.at, Hit.id)
        .execution_options(yield_per=2000)
    )
    for _, found in groupby(rows, key=attrgetter("reader")):
        listed = list(found)
        last = listed[-1]
        who = Identity(mailing_id, last.group_no or 0, last.is_letter)
        yield who, last.number, [stored_hit(row) for row in listed]


def _reader(key: bytes, who: Identity, number: int | None, hits: Judged) -> KnownReader:
    first = firsts_of(hits)
    return KnownReader(who.mailing_id, key, who.group_no, who.is_letter, number, len(hits), *first)


def _stored_figures(connection: Connection, mailing_id: int) -> Figures:
    figures: Figures = Figures()
    for table in FIGURE_TABLES:
        _, counts = columns_of(table)
        rows = connection.execute(
            select(table.__table__).where(table.mailing_id == mailing_id)
        ).mappings()
        for row in rows:
            figures.update({cell_of(table, row, name): row[name] for name in counts})
    return figures


def _differing(stored: Figures, right: Figures) -> list[tuple[Cell, int, int]]:
    return [
        (cell, stored[cell], right[cell])
        for cell in {**stored, **right}
        if stored[cell] != right[cell]
    ]


def _set_letters_right(connection: Connection, mailing_id: int) -> list[Difference]:
    drifts = [] if mailing_id == PUBLIC else recount(connection, mailing_id)
    return [
        Difference("delivery_figure", (mailing_id, one.group_no), one.column, one.was, one.is_now)
        for one in drifts
    ]


def _difference(cell: Cell, was: int, now: int) -> Difference:
    return Difference(str(cell.table.__tablename__), cell.key, cell.column, was, now)


def _set_readers_right(
    connection: Connection, mailing_id: int, right: dict[bytes, KnownReader]
) -> list[Difference]:
    rows = connection.execute(select(Reader.__table__).where(Reader.mailing_id == mailing_id))
    stored = {row.key: KnownReader(**row._mapping) for row in rows}
    wrong = [reader for key, reader in right.items() if stored.get(key) != reader]
    if wrong:
        write_readers(connection, wrong)
    return [
        Difference("reader", (mailing_id, reader.key), name, was.get(name), now)
        for reader in wrong
        for was in [stored[reader.key]._asdict() if reader.key in stored else {}]
        for name, now in reader._asdict().items()
        if was.get(name) != now
    ]
