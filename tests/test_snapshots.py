"""Rows that are put back are those that were made, to the byte, and counting goes on after them."""

from flask import Flask
from sqlalchemy import text

from outreach.accounts.models import User
from outreach.core.db import Base, db, transaction
from tests.cast import make_cast
from tests.conftest import NOON
from tests.factories import Factory
from tests.snapshots import take

RAW = {
    "sqlite": "SELECT {quoted} FROM {table} ORDER BY 1",
    "postgresql": "SELECT {table}::text FROM {table} ORDER BY 1",
}


def _raw() -> dict[str, list[tuple[object, ...]]]:
    """Return every row as the database itself would write it."""
    found = {}
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            quoted = ", ".join(f'quote("{column.name}")' for column in table.columns)
            query = RAW[connection.dialect.name].format(quoted=quoted, table=f'"{table.name}"')
            if rows := [tuple(row) for row in connection.execute(text(query))]:
                found[table.name] = rows
    return found


def test_a_cast_put_back_is_the_one_that_was_made(app: Flask) -> None:
    make_cast(Factory(app, now=NOON))
    with app.app_context():
        made = _raw()
        with transaction() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        again = Factory(app, now=NOON)
        cast = make_cast(again)

        assert _raw() == made
        assert {"user", "membership", "project", "list"} <= set(made)
        assert again.number() == len(made["project"]) + 1
        with transaction() as session:
            added = User(email="eve@example.org", fs_uniquifier="e", created_at=NOON)
            session.add(added)
            session.flush()
            assert added.id == len(made["user"]) + 1
    assert cast.dora.get("/staff/settings/users").status_code == 200


def test_rows_are_not_put_where_others_are(app: Flask) -> None:
    make_cast(Factory(app, now=NOON))
    with app.app_context():
        made = _raw()

        assert not take().put_back()
        assert _raw() == made
