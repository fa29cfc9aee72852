"""Which worker finds out about a due mailing: of several on PostgreSQL one, by an advisory lock.

On SQLite all may: they share one machine, and it writes nothing.
"""

from sqlalchemy import Connection, func, select, text

_KIND = 0x0D157
"""Sets our advisory locks apart from anybody else's in the same database."""


def begin_alone(connection: Connection, mailing_id: int) -> bool:
    """Keep other workers from finding out the same; it ends with the connection, killed or not."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_lock(_KIND, mailing_id))))


def let_others(connection: Connection, mailing_id: int) -> None:
    """Say that it is found out."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_unlock(_KIND, mailing_id)))


def done_elsewhere(connection: Connection) -> frozenset[int]:
    """Return the mailings that another worker is finding out about."""
    if connection.dialect.name != "postgresql":
        return frozenset()
    return frozenset(connection.scalars(_HELD, {"kind": _KIND}))


_HELD = text(
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND objsubid = 2 AND classid::bigint = :kind AND pid <> pg_backend_pid()"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
