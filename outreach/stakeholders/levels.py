"""A level belongs to a public role: whoever holds none any more, nor will, has none.

What was sent keeps the level that each letter was sent with: past reports stay right.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.stakeholders.models import Role, Stakeholder, StakeholderRole, Tier

ENDED = "The level ended with the role"
AT_ONCE = 1_000
"""People in one transaction; the next look takes the others."""


def end_levels(session: Session, ids: Sequence[int], *, now: datetime) -> dict[int, Tier]:
    """Take the level from those of `ids` without a public role; returns what they had."""
    gone = _without_office(now), Stakeholder.id.in_(ids)
    found = session.execute(select(Stakeholder.id, Stakeholder.tier).where(*gone)).all()
    had = {id_: tier for id_, tier in found if tier is not None}
    if had:
        # Nobody's `updated_at` moves: nothing was learned about them.
        session.execute(update(Stakeholder).where(Stakeholder.id.in_(had)).values(tier=None))
    return had


def end_levels_of_past_office(session: Session, *, now: datetime) -> int:
    """Take the level from those whose last public role has come to its end; returns how many.

    An end that was known before comes without anybody doing something: this looks for it.
    """
    ended = (
        select(StakeholderRole.stakeholder_id)
        .join(Role, Role.id == StakeholderRole.role_id)
        .where(Role.is_public, StakeholderRole.until <= now)
    )
    query = select(Stakeholder.id).where(Stakeholder.id.in_(ended), _without_office(now))
    ids = session.scalars(query.order_by(Stakeholder.id).limit(AT_ONCE)).all()
    had = end_levels(session, ids, now=now) if ids else {}
    if not had:
        return 0
    made = ChangeSet(kind=ChangeKind.EDIT, label=ENDED, created_at=now)
    session.add(made)
    session.flush()  # changes name their set
    session.add_all(
        Change(
            change_set_id=made.id,
            object_type=Stakeholder.__tablename__,
            object_id=id_,
            before={"tier": tier},
            after={"tier": None},
        )
        for id_, tier in had.items()
    )
    return len(had)


def _without_office(now: datetime) -> ColumnElement[bool]:
    """Say whether `Stakeholder` has a level, and no public role that runs or is to come."""
    goes_on = exists().where(
        StakeholderRole.stakeholder_id == Stakeholder.id,
        StakeholderRole.role_id.in_(select(Role.id).where(Role.is_public)),
        or_(StakeholderRole.until.is_(None), StakeholderRole.until > now),
    )
    return Stakeholder.tier.is_not(None) & ~goes_on
