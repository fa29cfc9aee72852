"""Writing thousands of rows by the driver itself: what the applier does most.

SQLAlchemy converts every value of every row by its column's type, which costs more than the
database does. Of the columns written here two kinds need converting: moments (on SQLite) and words
of a closed list.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Enum, FromClause

from outreach.core.db import UTCDateTime

Convert = Callable[[Any], object]


def insert_rows(
    connection: Connection,
    table: FromClause,
    rows: Sequence[Mapping[str, Any]],
    *,
    replacing: tuple[str, ...] = (),
) -> None:
    """Insert rows that all name the same columns; with `replacing`, over those with equal keys."""
    if not rows:
        return
    names = list(rows[0])
    is_postgresql = connection.dialect.name == "postgresql"
    converters = _converters(table, names, is_postgresql=is_postgresql)
    statement = _statement(str(table.description), names, replacing)
    connection.exec_driver_sql(
        statement.replace("?", "%s") if is_postgresql else statement,
        _values(rows, names, converters),
    )


def _values(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], converters: Mapping[int, Convert]
) -> list[tuple[object, ...]]:
    pick = itemgetter(*names)
    found = []
    for row in rows:
        values = list(pick(row))
        for index, convert in converters.items():
            if values[index] is not None:
                values[index] = convert(values[index])
        found.append(tuple(values))
    return found


def _converters(
    table: FromClause, names: Sequence[str], *, is_postgresql: bool
) -> dict[int, Convert]:
    """Return what converts the values of those columns that need it, by their place."""
    found: dict[int, Convert] = {}
    for index, name in enumerate(names):
        kind = table.c[name].type
        if isinstance(kind, Enum):
            found[index] = str
        elif isinstance(kind, UTCDateTime) and not is_postgresql:
            found[index] = _as_sqlite_keeps_it
    return found


def _as_sqlite_keeps_it(moment: datetime) -> str:
    """Write a moment as SQLAlchemy does: in UTC, without a zone, to microseconds."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _statement(table: str, names: Sequence[str], replacing: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    head = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608 - our own names
    if not replacing:
        return head
    rest = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in replacing)
    return f"{head} ON CONFLICT ({', '.join(replacing)}) DO UPDATE SET {rest}"
