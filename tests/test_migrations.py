"""Migrations go up and down on both databases and end where the models are."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from outreach.core.db import Base, db
from outreach.core.migrating import downgrade, upgrade


def test_the_migrated_database_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )

        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(app: Flask) -> None:
    with app.app_context():
        downgrade("base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}

        upgrade()

        assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())
