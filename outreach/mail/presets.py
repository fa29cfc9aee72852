"""What common relays publish about their limits; each with the address where it can be read.

Numbers of providers change: they are where to start, not a promise, and whoever knows better sets
OUTREACH_MAIL_PER_SECOND or _PER_HOUR.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Preset:
    """One relay's limits."""

    name: str
    server: str
    """The end of its host name."""
    per_second: float
    per_day: int
    """Recipients it takes in 24 hours; we warn, it is the relay that counts."""
    says: str
    """What is published, and what of this is our own choice."""
    source: str
    read_on: date | None
    """When the source was compared with these numbers; None: from memory, unverified."""

    @property
    def why(self) -> str:
        """The reason for the pace, as the schedule tells it."""
        known = f"read {self.read_on:%B %Y}" if self.read_on else "unverified"
        return f"{self.name}: {self.says}; {known}"


PRESETS = (
    Preset(
        "Exchange Online", "smtp.office365.com", 0.5, 10_000,
        "30 messages a minute and 10,000 recipients a day for each mailbox",
        "https://learn.microsoft.com/en-us/defender-office-365/outbound-spam-sending-limits-troubleshoot",
        date(2026, 11, 26),
    ),
    Preset(
        "Google Workspace relay", "smtp-relay.gmail.com", 5.0, 10_000,
        "10,000 recipients a day for each user; the rate is our choice",
        "https://support.google.com/a/answer/2956491",
        date(2026, 11, 26),
    ),
    Preset(
        "Gmail", "smtp.gmail.com", 1.0, 2_000,
        "2,000 messages a day (500 on trial) for each user; the rate is our choice",
        "https://support.google.com/a/answer/166852",
        date(2026, 11, 26),
    ),
    Preset(
        "Amazon SES", "amazonaws.com", 1.0, 200,
        "1 letter a second and 200 a day in the sandbox; afterwards what your console shows",
        "https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
        date(2026, 11, 26),
    ),
)  # fmt: skip


def preset_for(server: str) -> Preset | None:
    """Return what is known of a server, by its name."""
    return next((one for one in PRESETS if server.lower().endswith(one.server)), None)
