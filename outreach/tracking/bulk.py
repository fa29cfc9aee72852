"""Reading and writing thousands of rows by the driver itself: what the applier does most.

SQLAlchemy converts every value of every row by its column's type, which costs more than the
database does. Of the columns used here three kinds need converting: moments and yes-or-no on
SQLite, and words of a closed list; whole columns are converted at once.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Enum, FromClause

from outreach.core.db import UTCDateTime

Convert = Callable[[Iterable[Any]], Iterable[object]]


def insert_rows(
    connection: Connection,
    table: FromClause,
    names: Sequence[str],
    rows: Sequence[tuple[object, ...]],
    *,
    replacing: tuple[str, ...] = (),
) -> None:
    """Insert rows of values in the order of `names`; with `replacing`, over those of equal keys."""
    if not rows:
        return
    is_postgresql = connection.dialect.name == "postgresql"
    statement = _insert(str(table.description), names, replacing)
    connection.exec_driver_sql(
        statement.replace("?", "%s") if is_postgresql else statement,
        _converted(rows, _writers(table, names, is_postgresql=is_postgresql)),
    )


def select_rows(
    connection: Connection,
    table: FromClause,
    names: Sequence[str],
    *,
    mailing_id: int | None,
    among: tuple[str, Sequence[bytes]],
    since: datetime | None = None,
    order: str = "",
) -> list[tuple[Any, ...]]:
    """Return those rows of a mailing (or of none) whose column is `among` some keys.

    With `since` only those whose `at` is that moment or later.
    """
    is_postgresql = connection.dialect.name == "postgresql"
    column, keys = among
    of_mailing = "IS NULL" if mailing_id is None else f"= {mailing_id:d}"
    marks = "= ANY(%s)" if is_postgresql else f"IN ({','.join('?' * len(keys))})"
    statement = (
        f'SELECT {_listed(names)} FROM "{table.description}" '  # noqa: S608 - our own names
        f"WHERE mailing_id {of_mailing} AND {column} {marks}"
        + ("" if since is None else f" AND at >= {'%s' if is_postgresql else '?'}")
        + (f" ORDER BY {order}" if order else "")
    )
    moments = [] if since is None else [since]
    found = connection.exec_driver_sql(
        statement,
        (list(keys), *moments) if is_postgresql else (*keys, *_as_sqlite_keeps_them(moments)),
    ).all()
    return _converted(found, _readers(table, names, is_postgresql=is_postgresql))


def _converted(
    rows: Sequence[Sequence[object]], converters: dict[int, Convert]
) -> list[tuple[Any, ...]]:
    columns: list[Iterable[object]] = list(zip(*rows, strict=True))
    for index, convert in converters.items():
        if columns:
            columns[index] = convert(columns[index])
    return list(zip(*columns, strict=True))


def _writers(table: FromClause, names: Sequence[str], *, is_postgresql: bool) -> dict[int, Convert]:
    """Return what converts, on the way in, those columns that need it, by their place."""
    found: dict[int, Convert] = {}
    for index, name in enumerate(names):
        kind = table.c[name].type
        if isinstance(kind, Enum):
            found[index] = _plain_words
        elif isinstance(kind, UTCDateTime) and not is_postgresql:
            found[index] = _as_sqlite_keeps_them
    return found


def _readers(table: FromClause, names: Sequence[str], *, is_postgresql: bool) -> dict[int, Convert]:
    """Return what converts them on the way out."""
    found: dict[int, Convert] = {}
    for index, name in enumerate(names):
        kind = table.c[name].type
        if isinstance(kind, Enum):
            found[index] = _members_of(kind)
        elif isinstance(kind, UTCDateTime):
            found[index] = _as_utc if is_postgresql else _as_sqlite_kept_them
        elif isinstance(kind, Boolean) and not is_postgresql:
            found[index] = _yes_or_no
    return found


def _plain_words(words: Iterable[Any]) -> list[str]:
    return [word.value for word in words]


def _members_of(kind: Enum) -> Convert:
    assert kind.enum_class is not None
    members = {member.value: member for member in kind.enum_class}
    return lambda words: [members[word] for word in words]


def _yes_or_no(numbers: Iterable[int]) -> Iterable[bool]:
    return map(bool, numbers)


def _as_sqlite_keeps_them(moments: Iterable[datetime | None]) -> list[str | None]:
    """Write moments as SQLAlchemy does: in UTC, without a zone, to microseconds."""
    return [
        None
        if moment is None
        else (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(
            " ", "microseconds"
        )[:26]
        for moment in moments
    ]


def _as_sqlite_kept_them(texts: Iterable[str | None]) -> list[datetime | None]:
    read = datetime.fromisoformat
    return [None if text is None else read(f"{text}+00:00") for text in texts]


def _as_utc(moments: Iterable[datetime | None]) -> list[datetime | None]:
    return [None if moment is None else moment.astimezone(UTC) for moment in moments]


def _insert(table: str, names: Sequence[str], replacing: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(names))
    head = f'INSERT INTO "{table}" ({_listed(names)}) VALUES ({marks})'  # noqa: S608 - our own names
    if not replacing:
        return head
    rest = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in replacing)
    return f"{head} ON CONFLICT ({', '.join(replacing)}) DO UPDATE SET {rest}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
