"""The tables of this program: brought up and down, and whether a database has them."""

from functools import cache
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy.orm import Session

from outreach.core.db import db
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
    _introduce()
    flask_migrate.upgrade()


def downgrade(revision: str) -> None:
    """Take the current application's database back to `revision`; "base" is before the first."""
    _introduce()
    flask_migrate.downgrade(revision=revision)


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


def _introduce() -> None:
    flask_migrate.Migrate(current_app, db, directory=FOLDER)
