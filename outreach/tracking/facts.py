"""What the rules look at: the lasting facts of one reader's hits, and what was judged of them."""

from datetime import datetime
from typing import NamedTuple

from outreach.tracking.models import HitKind, HitLabel


class Fact(NamedTuple):
    """One hit as it is stored for good; a tuple, because counting makes thousands at a time."""

    at: datetime
    kind: HitKind
    method: str
    agent_family: str
    is_prefetch: bool = False
    is_range: bool = False
    seconds_since_sent: int | None = None
    """None where it may not or cannot be known: rules that need it do not judge the hit."""
    link_number: int | None = None
    document_id: int | None = None
    version_id: int | None = None
    role_id: int | None = None
    """As a visitor without a letter said; likewise the share link they came by."""
    share_id: int | None = None

    @property
    def target(self) -> tuple[str, int] | None:
        """What was followed, to tell one link from another; None for an open."""
        if self.link_number is not None:
            return "link", self.link_number
        if self.kind is HitKind.WEB_VIEW:
            return "letter", 0
        return None if self.version_id is None else ("version", self.version_id)


FORWARDED = "perhaps forwarded: another device, a day later"


class Judgement(NamedTuple):
    """Who made a hit, why we think so, and whether it repeats one already counted."""

    label: HitLabel
    reason: str
    is_repeat: bool = False

    @property
    def is_counted(self) -> bool:
        """Whether a person is behind it, as far as we can tell."""
        return self.label is not HitLabel.MACHINE

    @property
    def is_credited(self) -> bool:
        """Whether it is the reader's own doing, and not that of somebody the letter went on to."""
        return self.is_counted and self.reason != FORWARDED
