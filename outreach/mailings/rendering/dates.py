"""When an event takes place, in the words of the letter's language."""

from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time


def when(starts: str, ends: str, zone: str, language: str) -> str:
    """Return "Tuesday, 1 December 2026, 09:00–11:00 (Europe/Brussels)" of two wall times.

    `ends` may be empty.
    """
    locale = _locale(language)
    first = datetime.fromisoformat(starts)
    said = _moment(first, locale)
    if ends:
        last = datetime.fromisoformat(ends)
        is_same_day = last.date() == first.date()
        said += f"–{_time(last, locale)}" if is_same_day else f" – {_moment(last, locale)}"
    return f"{said} ({zone.replace('_', ' ')})"


def _moment(at: datetime, locale: Locale) -> str:
    return f"{format_date(at, format='full', locale=locale)}, {_time(at, locale)}"


def _time(at: datetime, locale: Locale) -> str:
    return format_time(at, format="HH:mm", locale=locale)


def _locale(language: str) -> Locale:
    try:
        # British English, as our own screens: the day comes before the month.
        return Locale.parse("en_GB" if language[:2] == "en" else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")
