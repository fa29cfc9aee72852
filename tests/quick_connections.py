"""Connections to PostgreSQL outlive the applications that open them, and serve the next ones.

A new connection is a new process of the server, which reads the whole catalogue for itself first:
that was two thirds of the server's time, of thousands of tests.
"""

from collections import deque
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

MOST_KEPT = 4
Kept = tuple[object, psycopg.Connection[Any]]

_open = PGDialect_psycopg.connect
_close = PGDialect_psycopg.do_close
_kept: deque[Kept] = deque()
_addresses: dict[int, object] = {}
"""Whither a connection leads, by its identity; only of connections opened here."""


def keep_connections() -> None:
    """Let all engines of this process take over what another one has closed."""
    PGDialect_psycopg.connect = _connect  # type: ignore[assignment,method-assign]  # tests only
    PGDialect_psycopg.do_close = _keep  # type: ignore[assignment,method-assign]  # tests only


def kept_backends() -> list[int]:
    """Return the process numbers, on the server, of the connections nobody uses."""
    return [connection.info.backend_pid for _, connection in _kept]


def let_go() -> None:
    """Close the connections nobody uses."""
    while _kept:
        _hang_up(_kept.popleft()[1])


def _connect(self: PGDialect_psycopg, *args: Any, **options: Any) -> Any:
    # Each dialect has adapters of its own, made alike.
    address = (args, tuple(sorted((key, options[key]) for key in options if key != "context")))
    for one in list(_kept):
        if one[0] == address:
            _kept.remove(one)
            if _answers(one[1]):
                return one[1]
            _hang_up(one[1])
    connection: Any = _open(self, *args, **options)
    _addresses[id(connection)] = address
    return connection


def _answers(connection: psycopg.Connection[Any]) -> bool:
    """Say whether the server still knows the connection: a test may have ended it."""
    return connection.pgconn.exec_(b"DISCARD TEMP; RESET ALL").status == ExecStatus.COMMAND_OK


def _lets_go(connection: psycopg.Connection[Any]) -> bool:
    """Give up what a connection holds until it is closed; say whether it could."""
    result = connection.pgconn.exec_(b"SELECT pg_advisory_unlock_all()")
    return result.status == ExecStatus.TUPLES_OK


def _keep(self: PGDialect_psycopg, connection: Any) -> None:
    """Keep what is whole and idle; close the rest as always."""
    address = _addresses.get(id(connection))
    is_idle = (
        not connection.closed
        and connection.info.transaction_status == TransactionStatus.IDLE
        and not connection.autocommit
    )
    is_wanted = address is not None and is_idle and len(_kept) < MOST_KEPT
    if is_wanted and _lets_go(connection):
        _kept.append((address, connection))
    else:
        _addresses.pop(id(connection), None)
        _close(self, connection)  # type: ignore[no-untyped-call]


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    _addresses.pop(id(connection), None)
    connection.close()
