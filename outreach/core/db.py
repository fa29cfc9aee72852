"""Database: one typed Base, one naming convention, one place that commits.

SQLite (WAL, synchronous=FULL) is the embedded default, PostgreSQL the distributed engine; the same
statements run on both. A read followed by a write fails at once on SQLite with "database is locked"
when another writer came in between, whatever the time-out; `transaction()` therefore begins with
BEGIN IMMEDIATE and everything read before it is loaded again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast, overload

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Index,
    Integer,
    MetaData,
    TextClause,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, UOWTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from outreach.core import sqlite
from outreach.core.errors import ProgrammingError
from outreach.core.sqlite import WRITES

sqlite.introduce()
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 10_000
Prepared = TypeVar("Prepared")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; stored without a zone on SQLite, with one on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ProgrammingError(f"A naive moment reached the database: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
"""A document in a column: jsonb on PostgreSQL, where it can be compared and indexed."""


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        # States are short words a person can read in the table; a new one needs no migration.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=24,
            validate_strings=True,
            values_callable=lambda states: [state.value for state in states],
        ),
        datetime: UTCDateTime(),
        dict[str, Any]: Json,
        dict[str, str]: Json,
        list[str]: Json,
        list[int]: Json,
    }


ONLY_ON = "only_on"
"""In an index's info: the one kind of database that has it."""
BY_ITS_KEY = {"sqlite_with_rowid": False}
"""A table's option: SQLite keeps a row in its primary key and nowhere else. For narrow rows under a
key of several columns: one search finds them, and there is one tree less to write."""
BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A key that may pass two thousand million; SQLite counts only an INTEGER key up by itself."""


def index_of_filled(name: str, *columns: str, unique: bool = False) -> Index:
    """Return an index that holds only the rows in which the last of its columns says something."""
    filled = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, unique=unique, sqlite_where=filled, postgresql_where=filled)


def index_only_on(
    dialect: str, name: str, *columns: str | TextClause, of: str | None = None
) -> Index:
    """Return an index that only one kind of database has; `of` tells which rows are in it."""
    rows = text(of) if of else None
    index = Index(name, *columns, sqlite_where=rows, info={ONLY_ON: dialect})
    return index.ddl_if(dialect=dialect)


db = SQLAlchemy(metadata=Base.metadata, session_options={"autoflush": True})


def _is_sqlite(connection: DBAPIConnection) -> bool:
    return isinstance(connection, sqlite3.Connection)


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    if not _is_sqlite(connection):
        _prepare_postgresql(cast(Any, connection))
        return
    cast(Any, connection).isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # A destroyed mailing key or an erased person must not be readable in the file's free pages.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _prepare_postgresql(connection: Any) -> None:
    """Tell PostgreSQL that our queries are short and that our disks need not seek.

    Compiling a query (JIT) costs more than the longest of ours takes, and at the price it puts on
    reading an index by default it would rather read all people than the index they are sorted by.
    A list of ids that it may not keep in memory it reads once for each person who must not be on
    it: "none of six roles" of a million people had not ended after ten minutes, and takes half a
    second (measured). The sizes are bounds, taken when needed.
    """
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.execute("SET random_page_cost = 1.1")
    connection.execute("SET work_mem = '16MB'")
    connection.execute("SET hash_mem_multiplier = 8")  # 128 MB: the ids of four million people
    connection.autocommit = False


@event.listens_for(Session, "before_flush")
def _refuse_a_write_outside_a_transaction(
    session: Session, _context: UOWTransaction, _instances: object
) -> None:
    if not session.info.get("writes"):
        raise ProgrammingError("Open a transaction() before changing anything.")


@event.listens_for(Session, "do_orm_execute")
def _refuse_a_bulk_write_outside_a_transaction(state: ORMExecuteState) -> None:
    is_write = state.is_insert or state.is_update or state.is_delete
    if is_write and not state.session.info.get("writes"):
        raise ProgrammingError("Open a transaction() before changing anything.")


@overload
def transaction() -> AbstractContextManager[Session]: ...
@overload
def transaction(bind: Engine) -> AbstractContextManager[Connection]: ...
def transaction(bind: Engine | None = None) -> AbstractContextManager[Session | Connection]:
    """Open the one kind of transaction that commits: all of it on success, none on an exception.

    Without `bind` it gives the request's ORM session and needs an application context; what was
    read before is expired and loaded again. With an engine it gives a Core connection, for the
    sender and the applier. Nothing may wait for another machine inside it.
    """
    return _core_transaction(bind) if bind is not None else _session_transaction(db.session())


@contextmanager
def _session_transaction(session: Session) -> Iterator[Session]:
    if session.info.get("writes"):
        raise ProgrammingError("transaction() was opened inside another one.")
    if session.new or session.dirty or session.deleted:
        raise ProgrammingError("Something was changed before transaction() was opened.")
    session.rollback()
    session.info["writes"] = True
    try:
        session.connection(execution_options={WRITES: True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writes"] = False


@contextmanager
def _core_transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin():
            yield writing


@contextmanager
def prepared_transaction(
    engine: Engine, prepare: Callable[[Connection], Prepared]
) -> Iterator[tuple[Connection, Prepared]]:
    """Open a writing transaction after `prepare` has read and filled temporary tables for it.

    Preparing keeps nobody from writing, however long it takes; temporary tables belong to the one
    connection both steps have. What was read may have changed meanwhile.
    """
    with engine.connect() as connection:
        try:
            with connection.begin():
                prepared = prepare(connection)
            writing = connection.execution_options(**{WRITES: True})
            with writing.begin():
                yield writing, prepared
        except BaseException:
            connection.invalidate()  # its temporary tables must meet nobody
            raise


@contextmanager
def session_within(connection: Connection) -> Iterator[Session]:
    """Give services an ORM session inside a Core `transaction()`, which commits for it."""
    with Session(connection) as session:
        session.info["writes"] = True
        yield session
        session.flush()


def empty_log(engine: Engine) -> bool:
    """Bring SQLite's write-ahead log into the database and empty it; False while somebody reads.

    Until then the log still holds what was deleted meanwhile: a mailing's key, an erased person.
    PostgreSQL recycles its own log by itself.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    cursor = connection.cursor()
    try:
        # Writers wait as long as this waits for readers: rather try again at the next tick.
        cursor.execute("PRAGMA busy_timeout=100")
        is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy
    finally:
        # Whatever happened: whoever gets this connection next waits as long as ever.
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.close()


def engine_for(uri: str) -> Engine:
    """Return an engine of its own for a process without an application (sender, applier, tests).

    `uri` is a SQLAlchemy address; the pragmas and BEGIN rules above hold for it as well.
    """
    return create_engine(uri, pool_pre_ping=not uri.startswith("sqlite"))
