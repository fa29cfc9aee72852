"""How often a person wants letters: each one, or at most one a month, of all lists together.

What people got stands in a later room; whoever lays out a mailing withholds the letter of those
who `wants_fewer` says and who got another since `month_ago`, with `WithheldReason.MONTHLY`.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from outreach.core.changes import Actor
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.wishes import wish

A_MONTH = timedelta(days=27)
"""Four weeks, so that a monthly letter reaches everybody who asked for one a month ("each first
Monday" leaves four weeks between two); less a day, which a large mailing may need to leave."""


def wants_fewer() -> ColumnElement[bool]:
    """Say whether `Stakeholder` asked for at most one letter a month."""
    return Stakeholder.at_most_monthly.is_(True)


def month_ago(now: datetime) -> datetime:
    """Return the moment since when a letter counts as this month's."""
    return now - A_MONTH


def choose_frequency(
    session: Session, stakeholder_id: int, *, at_most_monthly: bool, now: datetime, actor: Actor
) -> None:
    """Let a person have every letter or at most one a month, from the next mailing on.

    Raises NotFound for nobody.
    """
    wish(session, stakeholder_id, now, actor, at_most_monthly=at_most_monthly)
