"""Taking a test's database away for a while, for real."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, text

from tests.quick_connections import let_go


@contextmanager
def database_away(engine: Engine) -> Iterator[None]:
    """Let nobody connect: SQLite's file lies elsewhere, PostgreSQL refuses new connections."""
    engine.dispose()
    if engine.dialect.name == "sqlite":
        with _file_elsewhere(Path(engine.url.database or "")):
            yield
    else:
        with _connections_refused(engine):
            yield


@contextmanager
def _file_elsewhere(path: Path) -> Iterator[None]:
    elsewhere = path.with_suffix(".elsewhere")
    path.rename(elsewhere)
    path.mkdir()
    yield
    path.rmdir()
    elsewhere.rename(path)


@contextmanager
def _connections_refused(engine: Engine) -> Iterator[None]:
    server = create_engine(
        engine.url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    name = engine.url.database
    with server.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        let_go()
        yield
        connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
