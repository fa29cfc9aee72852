"""Writing changes of figures, and the one queue everybody who changes them stands in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Insert, RowMapping, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from outreach.tracking.counting import Cell, Figures, FigureTable
from outreach.tracking.models import (
    DocumentFigure,
    GroupFigure,
    HourFigure,
    LinkFigure,
    ReasonFigure,
    VisitorFigure,
)

FIGURE_TABLES: tuple[FigureTable, ...] = (
    GroupFigure,
    LinkFigure,
    DocumentFigure,
    VisitorFigure,
    HourFigure,
    ReasonFigure,
)
_QUEUE = 0x6F75_7472  # any number no other advisory lock of ours uses


def wait_for_turn(connection: Connection) -> None:
    """Let only this transaction change hits, readers and figures until it ends.

    A reader's hits are counted together, so that two appliers at once would count some of them
    twice. SQLite's BEGIN IMMEDIATE, which `transaction()` issues, already sees to it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:queue)"), {"queue": _QUEUE})


def upsert(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return an INSERT that can say what happens where the row is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def columns_of(table: FigureTable) -> tuple[list[str], list[str]]:
    """Return the names of a figure table's key columns, and of its counts."""
    keys = [column.name for column in table.__table__.primary_key]
    return keys, [c.name for c in table.__table__.columns if c.name not in keys]


def add_figures(connection: Connection, changes: Figures) -> None:
    """Add to every cell its change, which may be negative."""
    rows: dict[FigureTable, dict[Any, dict[str, int]]] = defaultdict(dict)
    for cell, change in changes.items():
        if change:
            rows[cell.table].setdefault(cell.key, {})[cell.column] = change
    for table in FIGURE_TABLES:
        if rows[table]:
            connection.execute(_adding(connection, table), list(_values(table, rows[table])))


def _values(
    table: FigureTable, rows: Mapping[Any, Mapping[str, int]]
) -> Iterable[dict[str, object]]:
    keys, counts = columns_of(table)
    nothing = dict.fromkeys(counts, 0)
    for key in sorted(rows):
        yield {**dict(zip(keys, key, strict=True)), **nothing, **rows[key]}


def _adding(connection: Connection, table: FigureTable) -> Insert:
    keys, counts = columns_of(table)
    statement = upsert(connection, table.__table__)  # type: ignore[arg-type]  # a Table in fact
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: table.__table__.c[name] + statement.excluded[name] for name in counts},
    )


def cell_of(table: FigureTable, row: RowMapping, column: str) -> Cell:
    """Return the cell of a stored row."""
    keys, _ = columns_of(table)
    return Cell(table, tuple(_plain(row[name]) for name in keys), column)


def _plain(part: int | datetime | StrEnum | str) -> int | datetime | str:
    """Keys hold plain words, so that they sort and compare alike wherever they come from."""
    return part.value if isinstance(part, StrEnum) else part
