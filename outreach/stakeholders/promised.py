"""What staff owe people: answers to requests in time, and contacts they meant to take up."""

from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.accounts.permissions import scope_of
from outreach.core import clock
from outreach.stakeholders.models import Note, RightsRequest

EDIT = "stakeholders.edit"


def waiting(session: Session, user_id: int) -> Select[int] | None:
    """Say how to count both for whoever may answer; None for anybody else."""
    user = session.get(User, user_id)
    if user is None or not scope_of(user.memberships, EDIT):
        return None
    return _both(clock.now().date())


def promised(session: Session, now: datetime) -> tuple[int, int]:
    """Return (requests that wait, contacts whose day to follow up has come)."""
    counted = select(_requests().scalar_subquery(), _follow_ups(now.date()).scalar_subquery())
    row = session.execute(counted).one()
    return int(row[0]), int(row[1])


@lru_cache(2)
def _both(today: date) -> Select[int]:
    # The same statement all day: every page of staff's counts.
    return select(_requests().scalar_subquery() + _follow_ups(today).scalar_subquery())


def _requests() -> Select[int]:
    return select(func.count(RightsRequest.id)).where(RightsRequest.done_at.is_(None))


def _follow_ups(today: date) -> Select[int]:
    is_due = Note.follow_up_on <= today, Note.done_at.is_(None)
    return select(func.count(Note.id)).where(*is_due)
