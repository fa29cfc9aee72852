"""Waves of a mailing that each reader gets at the same wall time where they are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, literal

from outreach.delivery.arms import FIRST
from outreach.mailings.local_times import LocalDue
from outreach.stakeholders.models import Stakeholder


def wave_of(
    dues: Sequence[LocalDue], now: datetime
) -> tuple[ColumnElement[int], tuple[datetime, ...]]:
    """Return the number of the wave `Stakeholder` belongs to, and the moment of each wave.

    What has passed already leaves with the first.
    """
    moments = tuple(sorted({max(due.at, now) for due in dues})) or (now,)
    number = {moment: place for place, moment in enumerate(moments, start=FIRST)}
    cases = [
        (Stakeholder.country.in_(sorted(due.countries)), number[max(due.at, now)])
        for due in dues
        if due.countries
    ]
    others = next((number[max(due.at, now)] for due in dues if not due.countries), FIRST)
    return (case(*cases, else_=others) if cases else literal(others)), moments
