"""Alembic's environment: migrations run on the application's own engine, SQLite and PostgreSQL.

On SQLite a table is rebuilt (batch mode). With foreign keys on, that would delete the child rows,
so the pragma goes off before the transaction and everything is checked before it comes back.
"""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, Connection, Enum, text

from outreach.core.db import Base, UTCDateTime, db
from outreach.core.migrating import is_of
from outreach.core.sqlite import WRITES
from outreach.core.text import LocalTextType


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own types as plain ones: a migration must not change with the code it came from."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, JSON | LocalTextType):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    """Run the migrations asked for in one transaction."""
    with db.engine.connect() as plain:
        is_sqlite = plain.dialect.name == "sqlite"
        connection = plain.execution_options(**{WRITES: True})
        if is_sqlite:
            _switch_foreign_keys(connection, on=False)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            render_item=render_item,
            include_object=is_of(plain.dialect.name),
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
            if is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise RuntimeError("A migration left rows that point nowhere; it was rolled back.")
        if is_sqlite:
            _switch_foreign_keys(connection, on=True)


def _switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    """The pragma is ignored inside a transaction, so it goes to the driver's bare connection."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    cursor.close()


run()
