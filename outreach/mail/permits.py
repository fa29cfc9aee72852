"""Permits to send, taken out of one account that all workers on the database share.

Each limit of a server has one row: the moment from which the next permits are free. Whoever takes
some moves it on, so that any number of workers, also on several hosts and also right after they
were started anew, together keep to the limit. Of PostgreSQL its own clock counts, so that hosts
need not agree on the time.
"""

import time

from sqlalchemy import Connection, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from outreach.mail.models import MailPace

MOST_AHEAD = 100
"""Permits of so many slots may be taken at once; more than that was taken by a clock gone wrong."""


def take(connection: Connection, name: str, seconds: float) -> float:
    """Take what a limit gives in so many seconds; returns how long until it begins, in seconds."""
    is_postgres = connection.dialect.name == "postgresql"
    moment = connection.scalar(_DATABASE_CLOCK) if is_postgres else time.time()
    values = {"of_name": name, "moment": moment, "taken": seconds, "most": MOST_AHEAD * seconds}
    free_at = connection.scalar(_TAKE, values)
    if free_at is None:
        insert = postgresql.insert if is_postgres else sqlite.insert
        new = insert(MailPace).values(name=name, free_at=moment).on_conflict_do_nothing()
        connection.execute(new)
        free_at = connection.scalar(_TAKE, values)
    assert free_at is not None  # the row is there now
    assert moment is not None  # the database knows the time
    return max(free_at - seconds - moment, 0.0)


_DATABASE_CLOCK = select(func.extract("epoch", func.clock_timestamp()).cast(MailPace.free_at.type))
_MOMENT = bindparam("moment", type_=MailPace.free_at.type)
_FREE_AT = case(
    (MailPace.free_at < _MOMENT, _MOMENT),
    (MailPace.free_at > _MOMENT + bindparam("most", type_=MailPace.free_at.type), _MOMENT),
    else_=MailPace.free_at,
)
_TAKE = (
    update(MailPace)
    .where(MailPace.name == bindparam("of_name"))
    .values(free_at=_FREE_AT + bindparam("taken", type_=MailPace.free_at.type))
    .returning(MailPace.free_at)
)
