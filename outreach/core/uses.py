"""Whether anything refers to a row, asked of every table by its foreign keys.

A thing in use is archived or kept; only a mistake nobody has used yet can be deleted. Tables of
later rooms are asked too, without this room knowing them.
"""

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from outreach.core.db import Base
from outreach.core.errors import Conflict


def users_of(session: Session, thing: Base) -> list[str]:
    """Return the names of the tables that hold a row referring to `thing`."""
    table = type(thing).__table__
    keys = [
        (other.name, key)
        for other in Base.metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table
    ]
    return sorted(
        {
            name
            for name, key in keys
            if session.scalar(
                select(literal(1))
                .select_from(key.parent.table)
                .where(key.parent == getattr(thing, key.column.key))
                .limit(1)
            )
        }
    )


def delete_unused(session: Session, thing: Base, *, name: str) -> None:
    """Delete what nothing refers to; raises Conflict naming what does."""
    found = users_of(session, thing)
    if found:
        words = ", ".join(table.replace("_", " ") for table in found)
        raise Conflict(f"{name} is in use ({words}), so it stays.", "Change it instead.")
    session.delete(thing)
