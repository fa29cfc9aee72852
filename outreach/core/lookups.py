"""By which way a database finds rows, where it cannot know the better one by itself."""

from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, SQLColumnExpression
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from outreach.core.db import Base

log = structlog.get_logger()
Column = TypeVar("Column")


def learn(engine: Engine, *tables: type[Base]) -> None:
    """Let PostgreSQL look at what thousands of new rows hold; call it outside transactions.

    It does so by itself, a minute or more later. Until then it plans for the table as it was, and
    reads each row to know whether it is to be seen. SQLite plans well without. Where the server
    does not let us look now, it is left to do so later: the rows are in.
    """
    if engine.dialect.name != "postgresql":
        return
    names = ", ".join(table.__tablename__ for table in tables)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {names}")
        except OperationalError as error:
            log.info("left to PostgreSQL to learn of new rows", reason=str(error.orig))


class _ByNoIndex(FunctionElement[Any]):
    """A column as something to compare, not to look up."""

    inherit_cache = True


def by_no_index(column: InstrumentedAttribute[Column]) -> SQLColumnExpression[Column]:
    """Return a column for a question put to whomever SQLite finds by another way.

    SQLite takes an index wherever it has one, also where what else is asked leaves fewer rows or
    has them sorted already. PostgreSQL weighs that, and is left to it.
    """
    element = _ByNoIndex(column)
    element.type = column.type
    return element


@compiles(_ByNoIndex)
def _as_it_is(element: _ByNoIndex, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(_ByNoIndex, "sqlite")
def _unindexed(element: _ByNoIndex, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"
