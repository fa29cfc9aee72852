"""Jinja filters: how moments, figures and codes read on every page."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

NOT_AVAILABLE = "not available"
_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_STEPS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def local_datetime(moment: datetime | None, zone: str = "UTC") -> str:
    """Say an aware moment in a named zone: "23 Nov 2026, 09:00 (Europe/Brussels)".

    The zone stands beside the time because readers of one page sit in several.
    """
    if moment is None:
        return NOT_AVAILABLE
    local = moment.astimezone(ZoneInfo(zone))
    return f"{_day(local)}, {local:%H:%M} ({zone})"


def local_date(moment: datetime | None, zone: str = "UTC") -> str:
    """Say the day of an aware moment in a named zone: "23 Nov 2026"."""
    return NOT_AVAILABLE if moment is None else _day(moment.astimezone(ZoneInfo(zone)))


def wall_datetime(local: str, where: str) -> str:
    """Say a time as it was chosen, "2026-11-23 09:00": "23 Nov 2026, 09:00 (Europe/Brussels)"."""
    wall = datetime.fromisoformat(local)
    return f"{_day(wall)}, {wall:%H:%M} ({where})"


def day(when: date | None) -> str:
    """Write a day without a time: "23 Nov 2026"."""
    return NOT_AVAILABLE if when is None else _day(when)


def _day(local: date) -> str:
    return f"{local.day} {local:%b %Y}"


def ago(moment: datetime | None, now: datetime) -> str:
    """Say how long before (or after) ``now`` a moment lies: "3 hours ago", "in 2 days"."""
    if moment is None:
        return NOT_AVAILABLE
    seconds = (now - moment).total_seconds()
    span = _span(abs(seconds))
    if span is None:
        return "just now"
    return f"{span} ago" if seconds > 0 else f"in {span}"


def _span(seconds: float) -> str | None:
    for length, name in _STEPS:
        count = int(seconds // length)
        if count:
            return plural(count, name)
    return None


def number(value: float | None) -> str:
    """Write a figure with thousands apart: "1,234", "2.5"; an unknown one is never 0."""
    if value is None:
        return NOT_AVAILABLE
    return f"{value:,}" if isinstance(value, int) else _trimmed(value)


def _trimmed(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def per_hundred(value: int | None, base: int | None) -> str:
    """Write a figure per 100 letters: "12.5 per 100"; without a base it is not available."""
    if value is None or not base:
        return NOT_AVAILABLE
    return f"{_trimmed(100 * value / base)} per 100"


def filesize(size: int | None) -> str:
    """Write a size in decimal units, as people compare it with a limit: "1.2 MB"."""
    if size is None:
        return NOT_AVAILABLE
    amount, unit = float(size), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{_trimmed(amount)} {_UNITS[unit]}"


def plural(count: int, singular: str, many: str | None = None) -> str:
    """Count a thing in English: "1 letter", "1,200 letters"; ``many`` for irregular words."""
    word = singular if count == 1 else many or f"{singular}s"
    return f"{number(count)} {word}"


def sentence(text: str) -> str:
    """Begin a text with a capital and leave the rest: "policy-maker" → "Policy-maker", "NGO"."""
    return text[:1].upper() + text[1:]


def country_name(code: str | None, language: str = "en") -> str:
    """Name a country by its ISO 3166-1 code; an unknown code is shown as it is."""
    return _named(code, _locale(language).territories, str.upper)


def language_name(code: str | None, language: str = "en") -> str:
    """Name a language by its ISO 639-1 code; an unknown code is shown as it is."""
    return _named(code, _locale(language).languages, str.lower)


def _named(code: str | None, names: Mapping[str, str | None], shape: Callable[[str], str]) -> str:
    if not code:
        return NOT_AVAILABLE
    return names.get(shape(code)) or code


@lru_cache(64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


FILTERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "local_datetime": local_datetime,
        "wall_datetime": wall_datetime,
        "local_date": local_date,
        "day": day,
        "ago": ago,
        "number": number,
        "per_hundred": per_hundred,
        "filesize": filesize,
        "plural": plural,
        "sentence": sentence,
        "country_name": country_name,
        "language_name": language_name,
    }
)
"""All of them by name, for ``app.jinja_env.filters.update``."""
