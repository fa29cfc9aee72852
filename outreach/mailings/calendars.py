"""Entries for calendars (RFC 5545): events of letters, and what is planned."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from outreach.core.extras import late
from outreach.mailings.blocks import Event, merge

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = late("icalendar")

MAKER = "-//Outreach//Mailings//EN"
USUALLY = timedelta(hours=1)
"""How long something takes of which nobody said when it ends."""


def calendar() -> "icalendar.Calendar":
    """Return an empty calendar."""
    empty = icalendar.Calendar()
    empty.add("prodid", MAKER)
    empty.add("version", "2.0")
    return empty


def entry_of(event: Event, *, uid: str, now: datetime) -> bytes:
    """Return an event of a letter as a calendar of one entry."""
    zone = ZoneInfo(event.zone)
    starts = datetime.fromisoformat(event.starts).replace(tzinfo=zone)
    ends = datetime.fromisoformat(event.ends).replace(tzinfo=zone) if event.ends else None
    entry = icalendar.Event()
    entry.add("uid", f"{uid}@outreach")
    entry.add("dtstamp", now)
    entry.add("summary", merge.to_fallbacks(event.title))
    entry.add("dtstart", starts)
    # The end may not come before the beginning (RFC 5545, 3.6.1).
    entry.add("dtend", ends if ends and ends > starts else starts + USUALLY)
    for name, value in (
        ("location", event.place),
        ("description", event.text),
        ("url", event.address),
    ):
        if value:
            entry.add(name, merge.to_fallbacks(value))
    whole = calendar()
    whole.add_component(entry)
    # Zones are written out, since not every program knows their names.
    whole.add_missing_timezones()
    return bytes(whole.to_ical())
