"""Pace: how fast letters may leave, so that a relay and the receivers keep trusting us.

Only a server on this machine takes letters as fast as we write them. Any other starts carefully,
with what is known of the common relays; OUTREACH_MAIL_PER_SECOND and its sisters say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.core.config import Settings
from outreach.mail.presets import preset_for
from outreach.mail.server import SmtpSettings

CAREFUL = 5.0
"""Letters a second to a server nobody has told us anything of."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in which no letter of a mailing leaves."""

    begins: time
    ends: time
    zone: str

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours that hold at `now` end; None outside of them."""
        local = now.astimezone(ZoneInfo(self.zone))
        clock = local.time()
        is_over_midnight = self.begins > self.ends
        if is_over_midnight:
            is_quiet = clock >= self.begins or clock < self.ends
        else:
            is_quiet = self.begins <= clock < self.ends
        if not is_quiet:
            return None
        day = local.date()
        if is_over_midnight and clock >= self.begins:
            day += timedelta(days=1)
        return datetime.combine(day, self.ends, tzinfo=local.tzinfo).astimezone(now.tzinfo)

    def next_beginning(self, now: datetime) -> datetime:
        """Return when they begin next, after a moment outside of them."""
        local = now.astimezone(ZoneInfo(self.zone))
        day = local.date() + timedelta(days=int(local.time() >= self.begins))
        return datetime.combine(day, self.begins, tzinfo=local.tzinfo).astimezone(now.tzinfo)

    def __str__(self) -> str:
        return f"{self.begins:%H:%M} to {self.ends:%H:%M} ({self.zone})"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast letters of mailings may leave; single letters are not held back."""

    per_second: float | None = None
    """None: as fast as the server takes them."""
    per_domain: Mapping[str, float] = field(default_factory=dict)
    """Letters a second to recipients at a domain."""
    per_sender: Mapping[str, float] = field(default_factory=dict)
    """Letters a second from an address, or from any address at a domain."""
    quiet: QuietHours | None = None
    why: str = ""
    per_day: int | None = None
    """What the relay is known to take in 24 hours."""
    sender: str = ""
    """The address or domain whose own limit `per_second` is; empty: it is everybody's."""
    overall: float | None = None
    """Everybody's limit beside a sender's own."""

    def of_sender(self, address: str) -> "Pace":
        """Return the pace of letters from this address: its own limit, if that is the lower one."""
        address = address.lower()
        names = (address, address.rpartition("@")[2])
        limits = {name: self.per_sender[name] for name in names if name in self.per_sender}
        if not limits:
            return self
        name = min(limits, key=limits.__getitem__)
        if self.per_second is not None and limits[name] >= self.per_second:
            return self
        why = f"as set for letters from {address}"
        return replace(self, per_second=limits[name], why=why, sender=name, overall=self.per_second)

    def warning(self, letters: int) -> str:
        """Say what a person should know before so many letters leave; empty for nothing."""
        if self.per_day is None or letters <= self.per_day:
            return ""
        return (
            f"The mail server is known to take {self.per_day:,} recipients a day. What it refuses "
            "is tried again for three days; ask whoever runs it, or use another server."
        )


def pace_of(settings: Settings, server: SmtpSettings | None = None) -> Pace:
    """Return the pace of an installation, whose settings were checked when it started.

    Without a `server` it is that of the first one.
    """
    server = server or SmtpSettings.of(settings)
    limits = [settings.mail_per_second, settings.mail_per_hour and settings.mail_per_hour / 3600]
    asked = [limit for limit in limits if limit]
    base = Pace(
        per_domain=read_paces(settings.mail_per_domain),
        per_sender=read_paces(settings.mail_per_sender),
        quiet=read_quiet(settings.mail_quiet),
    )
    if asked:
        return replace(base, per_second=min(asked), why="as set for this installation")
    if settings.catcher or server.is_loopback:
        return replace(base, why="the mail server is on this machine")
    if preset := preset_for(server.server):
        limit, why = preset.per_second, preset.why
        return replace(base, per_second=limit, why=why, per_day=preset.per_day)
    why = "careful, as nothing is known of the server; OUTREACH_MAIL_PER_SECOND sets another"
    return replace(base, per_second=CAREFUL, why=why)


def rate_words(per_second: float) -> str:
    """Say a limit as people would: "8 letters a second", "100 letters an hour"."""
    for seconds, unit in ((1, "a second"), (60, "a minute")):
        number = round(per_second * seconds, 3)
        if number >= 1 and (seconds == 1 or number == int(number)):
            return f"{number:g} {'letter' if number == 1 else 'letters'} {unit}"
    number = round(per_second * 3_600, 2)
    return f"{number:g} {'letter' if number == 1 else 'letters'} an hour"


def is_quiet(pace: Pace, now: datetime) -> bool:
    """Whether letters of mailings wait for the morning."""
    return pace.quiet is not None and pace.quiet.until(now) is not None


def read_paces(text: str) -> dict[str, float]:
    """Read "gmail.com=5, ministry.example=0.5": letters a second by domain or address."""
    pairs = (part.lower().split("=") for part in text.split(",") if part.strip())
    return {name.strip(): float(limit) for name, limit in pairs}


def read_quiet(text: str) -> QuietHours | None:
    """Read "22:00-07:00 Europe/Brussels"; empty for none."""
    if not text:
        return None
    hours, zone = text.split()
    begins, ends = map(time.fromisoformat, hours.split("-"))
    return QuietHours(begins, ends, zone)
