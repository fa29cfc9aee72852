"""The tables of this program: brought up and down, and whether a database has them."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from sqlalchemy.orm import Session
from sqlalchemy.schema import SchemaItem

from outreach.core.db import ONLY_ON, db
from outreach.core.extras import late
from outreach.core.paths import PACKAGE

if TYPE_CHECKING:
    import flask_migrate
    from alembic import config, script
    from alembic.runtime import migration
else:
    config = late("alembic.config")
    flask_migrate = late("flask_migrate")
    migration = late("alembic.runtime.migration")
    script = late("alembic.script")

FOLDER = str(PACKAGE / "migrations")


def upgrade() -> None:
    """Bring the current application's database to the newest migration."""
    introduce(current_app)
    flask_migrate.upgrade()


def downgrade(revision: str) -> None:
    """Take the current application's database back to `revision`; "base" is before the first."""
    introduce(current_app)
    flask_migrate.downgrade(revision=revision)


def is_of(dialect: str) -> Callable[[SchemaItem, Any, str, bool, SchemaItem | None], bool]:
    """Return what tells Alembic which things of the models a kind of database is to have."""

    def includes(thing: SchemaItem, *_: Any) -> bool:
        return bool(thing.info.get(ONLY_ON, dialect) == dialect)

    return includes


def is_migrated(session: Session) -> bool:
    """Say whether the database has the tables of this program."""
    context = migration.MigrationContext.configure(session.connection())
    return set(context.get_current_heads()) == newest_migrations()


@cache
def newest_migrations() -> set[str]:
    """Return the heads of the migrations this program came with."""
    where = config.Config()
    where.set_main_option("script_location", FOLDER)
    return set(script.ScriptDirectory.from_config(where).get_heads())


def introduce(app: Flask) -> None:
    """Let Flask-Migrate know an application: `flask db …` and our own commands work on it."""
    flask_migrate.Migrate(app, db, directory=FOLDER)
