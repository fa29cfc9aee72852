"""Rows that many tests begin with: made once through the services, afterwards put back as rows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Insert, Select, Table, exists, func, literal, select

from outreach.core.db import Base, transaction
from outreach.core.db import db as database
from tests.factories import Factory

Made = TypeVar("Made")


@dataclass(frozen=True)
class Snapshot:
    """All rows of a database, by table in the order of their foreign keys."""

    rows: tuple[tuple[Table, list[dict[str, Any]]], ...]

    def put_back(self) -> bool:
        """Put the rows in; False, with nothing done, where one of their tables has any already.

        Needs an application context.
        """
        with transaction(database.engine) as connection:
            if any(connection.execute(self._looking).one()):
                return False
            for insert, rows in self._inserts:
                connection.execute(insert, rows)
            if connection.dialect.name == "postgresql":
                connection.execute(self._counting)
        return True

    # Put together once: the same rows are put back hundreds of times.
    @cached_property
    def _looking(self) -> Select[Any]:
        return _whether_rows([table for table, _rows in self.rows])

    @cached_property
    def _inserts(self) -> list[tuple[Insert, list[dict[str, Any]]]]:
        return [(table.insert(), rows) for table, rows in self.rows]

    @cached_property
    def _counting(self) -> Select[Any]:
        counted = (
            (table, max(row["id"] for row in rows))
            for table, rows in self.rows
            if "id" in table.c and table.c.id.autoincrement
        )
        return select(*map(_count_on, counted))


_once: dict[tuple[object, ...], tuple[Snapshot, object, int]] = {}
"""What was made on an empty database: its rows, what was told of it, how far `make` had counted."""


def once(make: Factory, kind: tuple[object, ...], build: Callable[[], Made]) -> Made:
    """Return what `build` makes; on an empty database it is made once, then its rows are put back.

    `kind` names it with all that it depends on; what `build` returns must fit any database.
    """
    if make.counted:
        return build()
    with make.app.app_context():
        # Passwords are salted with the installation's key.
        salt = make.app.config["SECURITY_PASSWORD_SALT"]
        key = (database.engine.dialect.name, make.now, salt, *kind)
        if key in _once and _once[key][0].put_back():
            _rows, made, make.counted = _once[key]
            return cast(Made, made)
        was_empty = is_empty()
        made = build()
        if was_empty:
            _once[key] = take(), made, make.counted
    return made


def take() -> Snapshot:
    """Return what the database holds; needs an application context."""
    with transaction(database.engine) as connection:
        read = [
            (table, [dict(row) for row in connection.execute(select(table)).mappings()])
            for table in Base.metadata.sorted_tables
        ]
    return Snapshot(tuple((table, rows) for table, rows in read if rows))


def is_empty() -> bool:
    """Whether no table has a row; needs an application context."""
    with transaction(database.engine) as connection:
        return not any(_have_rows(connection, Base.metadata.sorted_tables))


def _have_rows(connection: Connection, tables: list[Table]) -> list[bool]:
    return list(connection.execute(_whether_rows(tables)).one())


def _whether_rows(tables: list[Table]) -> Select[Any]:
    columns: list[Any] = [exists(select(literal(1)).select_from(table)) for table in tables]
    return select(*columns)


def _count_on(counted: tuple[Table, int]) -> Any:
    """Let a sequence go on after the highest number that was put in past it."""
    table, highest = counted
    return func.setval(func.pg_get_serial_sequence(table.name, "id"), highest).label(table.name)
