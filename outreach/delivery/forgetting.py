"""Making sure that no file of the database holds a mailing's key after it was destroyed."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import OperationalError

from outreach.core.db import empty_log
from outreach.delivery.models import Dispatch, MailingKey

log = structlog.get_logger()
RECENT = timedelta(minutes=10)
"""How long after a mailing was settled its key's place is cleared again and again."""
_PATIENCE = "1s"


def forget_keys(engine: Engine, *, now: datetime) -> bool:
    """Clear where destroyed keys stood; False when somebody was in the way: ask again soon.

    PostgreSQL writes the table of keys anew, which holds a row for each mailing being sent. What
    its write-ahead log holds is no table's matter: the server recycles it by and by.
    """
    if engine.dialect.name != "postgresql":
        return empty_log(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _has_traces(connection, now):
            return True
        # Whoever waits for the table makes all others wait behind: rather at the next tick.
        connection.execute(text(f"SET lock_timeout = '{_PATIENCE}'"))
        try:
            connection.execute(text("VACUUM (FULL) mailing_key"))
        except OperationalError as error:
            log.info("destroyed keys stay a while longer", reason=str(error.orig))
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
        # What an older snapshot may still see goes into the new table, too.
        if _is_empty_with_traces(connection):
            log.info("destroyed keys stay a while longer", reason="something reads since before")
            return False
    return True


def _has_traces(connection: Connection, now: datetime) -> bool:
    """Whether the table may hold keys it no longer shows: a mailing was settled, or all were."""
    settled = select(Dispatch.mailing_id).where(Dispatch.settled_at >= now - RECENT).limit(1)
    if connection.execute(settled).first() is not None:
        return True
    return _is_empty_with_traces(connection)


def _is_empty_with_traces(connection: Connection) -> bool:
    is_empty = connection.scalar(select(func.count()).select_from(MailingKey)) == 0
    return is_empty and bool(connection.scalar(text("SELECT pg_relation_size('mailing_key')")))
