"""When an event takes place: what the clock there shows, and the zone it hangs in."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from outreach.core.zones import is_zone


def wall_time(text: str) -> str:
    """Return "2026-12-01 09:00"; raises ValueError, worded for a person."""
    try:
        at = datetime.strptime(text.strip().replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - a wall time has no zone yet
    except ValueError:
        raise ValueError("write date and time like 2026-12-01 09:00") from None
    if at.year < 1900:
        raise ValueError("check the year")
    return f"{at:%Y-%m-%d %H:%M}"


def _optional(text: str) -> str:
    return wall_time(text) if text.strip() else ""


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError("choose a time zone such as Europe/Brussels")
    return name


WallTime = Annotated[str, AfterValidator(wall_time)]
"""What a clock shows."""

OptionalWallTime = Annotated[str, AfterValidator(_optional)]
"""The same, or nothing."""

ZoneName = Annotated[str, AfterValidator(_zone)]
"""An IANA name."""
