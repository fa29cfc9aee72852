"""Who runs which tick: each recurring job is a row, claimed by a conditional update.

Several workers, also on several hosts, wake up at will; only the one whose update changed the row
does the work, so that no job runs twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import String, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class Job(Base):
    """A recurring tick and the moment from which it may run again."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]


def claim_tick(connection: Connection, name: str, *, now: datetime, every: timedelta) -> bool:
    """Take the tick `name` if it is due and put it off by `every`; say whether it was taken."""
    claimed = connection.execute(
        update(Job)
        .where(Job.name == name, Job.due_at <= now)
        .values(due_at=now + every, started_at=now)
    )
    if claimed.rowcount:
        return True
    known = connection.execute(select(Job.name).where(Job.name == name)).first()
    return known is None and _announce(connection, name, now=now, every=every)


def _announce(connection: Connection, name: str, *, now: datetime, every: timedelta) -> bool:
    """Make the row of a job that runs for the first time; another worker may be faster."""
    try:
        with connection.begin_nested():
            connection.execute(insert(Job).values(name=name, due_at=now + every, started_at=now))
    except IntegrityError:
        return False
    return True
