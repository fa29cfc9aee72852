"""Writing thousands of rows by the driver itself: what the applier does most.

SQLAlchemy converts every value of every row by its column's type, which costs more than the
database does. The columns written here need one conversion only, SQLite's of moments.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, FromClause


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
    convert = _for_postgresql if is_postgresql else _for_sqlite
    values = [tuple([convert(row[name]) for name in names]) for row in rows]
    statement = _statement(str(table.description), names, replacing)
    connection.exec_driver_sql(statement.replace("?", "%s") if is_postgresql else statement, values)


def _statement(table: str, names: Sequence[str], replacing: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    head = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608 - our own names
    if not replacing:
        return head
    rest = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in replacing)
    return f"{head} ON CONFLICT ({', '.join(replacing)}) DO UPDATE SET {rest}"


def _for_postgresql(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _for_sqlite(value: object) -> object:
    """A moment as SQLAlchemy's SQLite type writes it: in UTC, without a zone, to microseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.value if isinstance(value, Enum) else value
