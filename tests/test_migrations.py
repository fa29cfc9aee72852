"""Migrations go up and down on both databases and end where the models are."""

from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from outreach.core.db import Base, db, transaction
from outreach.core.migrating import downgrade, is_of, upgrade
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.texts import sort_name_of


# Neither reads what an index of SQLite computes; the next test looks at it.
@pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index ix_stakeholder_fingerprint_",
    "ignore:autogenerate skipping metadata-specified expression-based index 'ix_stakeholder_fing",
)
def test_the_migrated_database_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": is_of(connection.dialect.name),
            },
        )

        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_an_index_that_computes_is_on_sqlite_what_the_models_say(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        told = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
        there = {name: sql for name, sql in told if sql and "substr(" in sql}

    indexes = Base.metadata.tables[Stakeholder.__tablename__].indexes
    (index,) = (one for one in indexes if one.name in there)
    assert there == {index.name: str(CreateIndex(index).compile(dialect=sqlite.dialect()))}


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_sqlite_keeps_rows_by_their_key_where_the_models_say_so(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        told = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        by_key = {name for name, sql in told if sql and sql.endswith("WITHOUT ROWID")}

        tables = Base.metadata.tables.values()
        assert by_key == {t.name for t in tables if not t.dialect_options["sqlite"]["with_rowid"]}
        assert by_key == {"consent", "stakeholder_role", "stakeholder_tag"}


def test_names_are_folded_for_those_who_were_there(app: Flask, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        for name, email in (("José Núñez", "jose@example.org"), ("", "ada@example.org")):
            sort_name = sort_name_of(name, email)
            session.add(Stakeholder(name=name, email=email, sort_name=sort_name, language="en",
                                    created_at=now, updated_at=now))  # fmt: skip

    with app.app_context():
        downgrade("0049")
        before = _sort_names()
        upgrade()

        assert before == ["ada@example.org", "josé núñez"]
        assert _sort_names() == ["ada@example.org", "jose nunez"]


def _sort_names() -> list[str]:
    with db.engine.connect() as connection:
        return sorted(connection.scalars(select(Stakeholder.sort_name)))


def test_migrations_go_down_to_nothing_and_up_again(app: Flask) -> None:
    with app.app_context():
        downgrade("base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}

        upgrade()

        assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())
