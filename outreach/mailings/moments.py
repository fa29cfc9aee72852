"""Wall time and zone → the moment they name; gaps and folds of daylight saving explained."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.core.errors import Refusal
from outreach.core.zones import is_zone

FARTHEST = timedelta(days=5 * 366)
"""Later than this is a typing mistake: a year with a digit too many."""
_LONGEST_GAP = 25 * 60
"""Minutes; in 2011 Samoa left out a whole day."""


class NotSchedulable(Refusal):
    """This mailing cannot be promised for that moment; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as people choose it: what their clock shows, and where the clock hangs."""

    local: str
    """Wall time, "2026-12-01 09:00"."""
    zone: str
    """IANA name, "Europe/Brussels"."""


@dataclass(frozen=True, slots=True)
class DueTime:
    """The moment a wall time means."""

    at: datetime
    """UTC."""
    local: str
    zone: str
    note: str = ""
    """What to tell about it: that the clock shows this time twice."""


def due_time(moment: Moment, *, now: datetime) -> DueTime:
    """Return the UTC moment of a wall time that is still to come.

    A time that the clock skips is refused with the next one that exists; of a time it shows twice
    the first is taken (PEP 495, fold=0), and `note` says so. Raises NotSchedulable.
    """
    wall, zone = wall_time(moment.local), _zone(moment.zone)
    if not now - timedelta(days=1) < wall.replace(tzinfo=UTC) < now + FARTHEST:
        raise _not_to_come() if wall.replace(tzinfo=UTC) < now else _too_far()
    if not _exists(wall, zone):
        following = _next_existing(wall, zone)
        raise NotSchedulable(
            f"On {_day(wall)} clocks in {moment.zone} jump over {wall:%H:%M}.",
            f"Choose {following:%H:%M}, the next time there is.",
        )
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at <= now:
        raise _not_to_come()
    return DueTime(at, f"{wall:%Y-%m-%d %H:%M}", moment.zone, _fold_note(wall, zone))


def due_now(zone: str, *, now: datetime) -> DueTime:
    """Return `now` (UTC) as the clock in `zone` shows it; raises NotSchedulable for no zone."""
    return DueTime(now, f"{now.astimezone(_zone(zone)):%Y-%m-%d %H:%M}", zone)


def wall_time(text: str) -> datetime:
    """Read "2026-12-01 09:00"; raises NotSchedulable for what is no date and time."""
    try:
        return datetime.strptime(text.strip().replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - a wall time has no zone yet
    except ValueError:
        raise NotSchedulable(
            "This is no date and time.", "Write them like 2026-12-01 and 09:00."
        ) from None


def _zone(name: str) -> ZoneInfo:
    if not is_zone(name):
        raise NotSchedulable(f"There is no time zone “{name[:60]}”.", "Choose one of the list.")
    return ZoneInfo(name)


def existing(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return a wall time, or the next one there is where the clock skips it."""
    return wall if _exists(wall, zone) else _next_existing(wall, zone)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    there_and_back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None) == wall


def _next_existing(wall: datetime, zone: ZoneInfo) -> datetime:
    steps = (wall + timedelta(minutes=n) for n in range(1, _LONGEST_GAP))
    return next(later for later in steps if _exists(later, zone))


def _fold_note(wall: datetime, zone: ZoneInfo) -> str:
    first = wall.replace(tzinfo=zone, fold=0)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return ""
    return (
        f"On {_day(wall)} clocks in {zone.key} show {wall:%H:%M} twice; "
        f"it goes out the first time ({first.astimezone(UTC):%H:%M} UTC)."
    )


def _day(wall: datetime) -> str:
    return f"{wall.day} {wall:%B %Y}"


def _not_to_come() -> NotSchedulable:
    return NotSchedulable("That moment has passed.", "Choose one that is still to come.")


def _too_far() -> NotSchedulable:
    return NotSchedulable(
        "That is more than five years ahead.", "Check the year, and choose an earlier date."
    )
