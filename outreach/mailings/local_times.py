"""The same wall time where each reader is: which moment that means, country by country.

A person's zone is not known, but their country may be. Where the whole country shows one time at
that moment, it is taken; where it does not (Spain with the Canaries), or no country is known, the
mailing's own zone stands in.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from outreach.core.zones import is_zone
from outreach.mailings.moments import existing, wall_time


@dataclass(frozen=True, slots=True)
class LocalDue:
    """When letters leave for readers of some countries."""

    at: datetime
    """UTC."""
    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-2; empty for all others, who get it at the mailing's own time."""


def local_dues(local: str, zone: str) -> tuple[LocalDue, ...]:
    """Return when "2026-12-01 09:00" is there in each country, the earliest first.

    Countries whose time is the zone's own at that moment are among all others. Where a clock skips
    that time, the next one it shows is taken; of a time it shows twice, the first.
    """
    own = _moment(local, ZoneInfo(zone))
    countries: dict[datetime, set[str]] = defaultdict(set)
    for code, names in _zones_by_country().items():
        moments = {_moment(local, ZoneInfo(name)) for name in names}
        if len(moments) == 1 and own not in moments:
            countries[moments.pop()].add(code)
    dues = [LocalDue(at, frozenset(codes)) for at, codes in countries.items()]
    return tuple(sorted([*dues, LocalDue(own)], key=lambda due: due.at))


def countries_of_several(local: str, among: Iterable[str]) -> list[str]:
    """Return those of these countries that show several times at that moment."""
    zones = _zones_by_country()
    return [
        code
        for code in among
        if len({_moment(local, ZoneInfo(name)) for name in zones.get(code, ())}) > 1
    ]


def first_due(dues: Collection[LocalDue], present: Mapping[str | None, int]) -> datetime:
    """Return the moment of the first letter, given how many readers each country has."""
    return min(due.at for due, number in counted(dues, present) if number)


def counted(
    dues: Collection[LocalDue], present: Mapping[str | None, int]
) -> list[tuple[LocalDue, int]]:
    """Return how many readers get it at each moment; without any reader, all at the zone's own."""
    named = {code for due in dues for code in due.countries}
    others = sum(number for code, number in present.items() if code not in named)
    found = [
        (due, sum(present.get(code, 0) for code in due.countries) if due.countries else others)
        for due in dues
    ]
    if any(number for _, number in found):
        return [(due, number) for due, number in found if number]
    return [(due, 1) for due in dues if not due.countries]


def _moment(local: str, zone: ZoneInfo) -> datetime:
    return existing(wall_time(local), zone).replace(tzinfo=zone, fold=0).astimezone(UTC)


@lru_cache(maxsize=1)
def _zones_by_country() -> Mapping[str, tuple[str, ...]]:
    """Return the zones of every country (CLDR, by Babel) that this machine knows."""
    territories: Mapping[str, list[str]] = get_global("territory_zones")
    known = {code: tuple(filter(is_zone, names)) for code, names in territories.items()}
    return {code: names for code, names in known.items() if names}
