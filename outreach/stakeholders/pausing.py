"""A pause: no letters of any list for a while, and then they start again by themselves."""

from calendar import monthrange
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.stakeholders.ledger import lock_person, write_stop
from outreach.stakeholders.models import Purpose
from outreach.stakeholders.people import living

PAUSES = (1, 3, 6)
"""Months one can choose; whoever wants longer leaves."""


def pause(session: Session, stakeholder_id: int, *, months: int, now: datetime) -> datetime:
    """Let no letter go to a person for some months; returns until when.

    It holds at once, as leaving does; a longer pause that stands already is not cut short.
    Raises NotFound for nobody.
    """
    lock_person(session, stakeholder_id)
    person = living(session, stakeholder_id)
    until = months_later(now, months)
    if person.paused_until is None or person.paused_until < until:
        person.paused_until = until
    write_stop(session, stakeholder_id, None, Purpose.NEWSLETTER, now)
    return person.paused_until


def end_pause(session: Session, stakeholder_id: int) -> None:
    """Let letters go out again; raises NotFound for nobody."""
    lock_person(session, stakeholder_id)
    living(session, stakeholder_id).paused_until = None


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day of a later month, or its last day where there is no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
