"""Pace: how fast letters may leave, so that a relay and the receivers keep trusting us.

Only a server on this machine takes letters as fast as we write them. Any other starts carefully,
with what is known of the common relays; OUTREACH_MAIL_PER_SECOND and its sisters say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.core.config import Settings
from outreach.mail.server import SmtpSettings

CAREFUL = 5.0
"""Letters a second to a server nobody has told us anything of."""

CATCH_UP_SECONDS = 0.1
"""A thread that wakes late makes up for so much; a longer pause is never made up for."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What a common relay publishes about its limits."""

    server: str
    """The end of its host name."""
    per_second: float
    per_day: int
    """Recipients it takes in 24 hours; we warn, it is the relay that counts."""
    source: str


PRESETS = (
    Preset(
        "smtp.office365.com", 0.5, 10_000,
        "Microsoft: Exchange Online limits, 30 messages a minute (read in 2025)",
    ),
    Preset(
        "smtp.gmail.com", 1.0, 2_000,
        "Google: Gmail sending limits in Workspace (read in 2025)",
    ),
    Preset(
        "smtp-relay.gmail.com", 5.0, 10_000,
        "Google: SMTP relay service, recipients a day (read in 2025)",
    ),
)  # fmt: skip


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

    def __str__(self) -> str:
        return f"{self.begins:%H:%M} to {self.ends:%H:%M} ({self.zone})"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast letters of mailings may leave; single letters are not held back."""

    per_second: float | None = None
    """None: as fast as the server takes them."""
    per_domain: Mapping[str, float] = field(default_factory=dict)
    """Letters a second to recipients at a domain."""
    quiet: QuietHours | None = None
    why: str = ""
    per_day: int | None = None
    """What the relay is known to take in 24 hours."""

    def duration(self, letters: int) -> timedelta | None:
        """Return how long so many letters take at least; None when only the server says."""
        if self.per_second is None:
            return None
        return timedelta(seconds=letters / self.per_second)

    def told(self, letters: int) -> str:
        """Say to a person how long so many letters take, and why."""
        takes = self.duration(letters)
        if takes is None:
            return "moments; the mail server is on this machine"
        return f"about {_in_words(takes)}: {self.per_second:g} letters a second ({self.why})"

    def warning(self, letters: int) -> str:
        """Say what a person should know before so many letters leave; empty for nothing."""
        if self.per_day is None or letters <= self.per_day:
            return ""
        return (
            f"The mail server is known to take {self.per_day:,} recipients a day. What it refuses "
            "is tried again for three days; ask whoever runs it, or use another server."
        )


def _in_words(takes: timedelta) -> str:
    minutes = round(takes.total_seconds() / 60)
    if minutes < 1:
        return "a minute"
    if minutes < 90:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def pace_of(settings: Settings) -> Pace:
    """Return the pace of an installation, whose settings were checked when it started."""
    limits = [settings.mail_per_second, settings.mail_per_hour and settings.mail_per_hour / 3600]
    asked = [limit for limit in limits if limit]
    domains, quiet = read_domains(settings.mail_per_domain), read_quiet(settings.mail_quiet)
    if asked:
        return Pace(min(asked), domains, quiet, "as set for this installation")
    if settings.catcher or SmtpSettings.of(settings).is_loopback:
        return Pace(None, domains, quiet, "the mail server is on this machine")
    for preset in PRESETS:
        if settings.mail_server.lower().endswith(preset.server):
            return Pace(preset.per_second, domains, quiet, preset.source, preset.per_day)
    return Pace(
        CAREFUL,
        domains,
        quiet,
        "careful, as nothing is known of the server; OUTREACH_MAIL_PER_SECOND sets another",
    )


def is_quiet(pace: Pace, now: datetime) -> bool:
    """Whether letters of mailings wait for the morning."""
    return pace.quiet is not None and pace.quiet.until(now) is not None


def read_domains(text: str) -> dict[str, float]:
    """Read "gmail.com=5, ministry.example=0.5": letters a second by recipients' domain."""
    pairs = (part.lower().split("=") for part in text.split(",") if part.strip())
    return {domain.strip(): float(limit) for domain, limit in pairs}


def read_quiet(text: str) -> QuietHours | None:
    """Read "22:00-07:00 Europe/Brussels"; empty for none."""
    if not text:
        return None
    hours, zone = text.split()
    begins, ends = map(time.fromisoformat, hours.split("-"))
    return QuietHours(begins, ends, zone)


class Pacer:
    """Holds one worker to its share of the pace; asked by one thread at a time."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._share = 1.0
        self._next = 0.0
        self._next_at: dict[str, float] = {}

    @property
    def is_free(self) -> bool:
        """Whether nothing is to be held back at all."""
        return self._pace.per_second is None and not self._pace.per_domain

    def share_with(self, workers: int) -> None:
        """Tell how many workers send at the moment, this one among them."""
        self._share = 1 / max(workers, 1)

    def is_open(self, moment: float) -> bool:
        """Whether any letter may leave now (`moment`: seconds of a steady clock)."""
        return self._pace.per_second is None or moment >= self._next

    def is_open_to(self, domain: str, moment: float) -> bool:
        """Whether a letter to this domain may leave now."""
        return moment >= self._next_at.get(domain, 0.0)

    def wait_seconds(self, moment: float) -> float:
        """Return how long until some letter may leave, as far as the whole pace goes."""
        return max(self._next - moment, 0.0)

    def took(self, domain: str, moment: float) -> None:
        """Note that a letter leaves."""
        if self._pace.per_second is not None:
            step = 1 / (self._pace.per_second * self._share)
            self._next = max(self._next, moment - CATCH_UP_SECONDS) + step
        limit = self._pace.per_domain.get(domain)
        if limit is not None:
            step = 1 / (limit * self._share)
            self._next_at[domain] = max(self._next_at.get(domain, 0.0), moment) + step
