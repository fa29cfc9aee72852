"""A pause: no letters of any list for a while, and then they start again by themselves."""

from calendar import monthrange
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.stakeholders.ledger import write_stop
from outreach.stakeholders.models import Purpose
from outreach.stakeholders.people import living
from outreach.stakeholders.wishes import A_MOMENT, HERSELF, wish

PAUSES = (1, 3, 6)
"""Months one can choose; whoever wants longer leaves."""


def pause(session: Session, stakeholder_id: int, *, months: int, now: datetime) -> datetime:
    """Let no letter go to a person for some months; returns until when.

    It holds at once, as leaving does; a longer pause that stands already is not cut short.
    Raises NotFound for nobody.
    """
    until = months_later(now, months)
    standing = living(session, stakeholder_id).paused_until
    if standing is None or standing < until - A_MOMENT:
        wish(session, stakeholder_id, now, HERSELF, paused_until=until)
        standing = until
    write_stop(session, stakeholder_id, None, Purpose.NEWSLETTER, now)
    return standing


def end_pause(session: Session, stakeholder_id: int, *, now: datetime) -> None:
    """Let letters go out again; raises NotFound for nobody."""
    wish(session, stakeholder_id, now, HERSELF, paused_until=None)


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day of a later month, or its last day where there is no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
