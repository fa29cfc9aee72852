"""Time zones by their IANA names: those that are offered, and all that are understood."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all zones people live in, in alphabetical order, and UTC."""
    names = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (*sorted(names), "UTC")


def is_zone(name: str) -> bool:
    """Say whether a name is a zone's, also one that is not offered."""
    return name in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
