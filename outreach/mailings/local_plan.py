"""Who gets a mailing when, if each reader gets it at the same time where they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.mailings.audience import audience_of, by_country
from outreach.mailings.local_times import counted, countries_of_several, local_dues
from outreach.mailings.models import Mailing
from outreach.mailings.moments import DueTime
from outreach.web.filters import country_name


@dataclass(frozen=True, slots=True)
class Departure:
    """The letters that leave at one moment."""

    at: datetime
    readers: int
    countries: tuple[str, ...]
    """By name; empty for all others."""
    has_passed: bool


@dataclass(frozen=True, slots=True)
class LocalPlan:
    """All departures, and the countries whose readers get it at the mailing's own time."""

    departures: tuple[Departure, ...]
    of_several: tuple[str, ...]


def plan(session: Session, mailing: Mailing, due: DueTime, *, now: datetime) -> LocalPlan:
    """Return when letters would leave as things stand now."""
    present = by_country(session, audience_of(mailing), mailing.list_id, now)
    known = [code for code in present if code]
    departures = (
        Departure(
            each.at,
            number,
            tuple(sorted(country_name(code) for code in each.countries if code in present)),
            each.at <= now,
        )
        for each, number in counted(local_dues(due.local, due.zone), present)
    )
    several = sorted(country_name(code) for code in countries_of_several(due.local, known))
    return LocalPlan(tuple(departures), tuple(several))
