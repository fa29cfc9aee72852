"""A subject test: up to three subject lines on a share of the audience, then the best for all.

Values only: what was chosen, how large the arms are, and whether one line is better or lucky.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from outreach.web.filters import plural

LEAST_AN_ARM = 500
"""Letters each line is tried on at least: with fewer, a difference of a few visits is mostly luck.
Of 500 letters a line, 50 visits against 71 are the least that is not called chance."""
ARMS = ("A", "B", "C")
CHANCE = 0.05
"""How probable a difference may be by luck alone before it is called one."""


class Measure(StrEnum):
    """What makes a line the better one."""

    VISITS = "visits"
    DOWNLOADS = "downloads"


class SubjectLine(BaseModel):
    """A subject with its preview line; an empty one is the mailing's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = Field(default="", max_length=250)
    preheader: str = Field(default="", max_length=250)


class SubjectTest(BaseModel):
    """What is tried beside the mailing's own subject line, which is arm A."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    others: tuple[SubjectLine, ...] = Field(min_length=1, max_length=2)
    share: int = Field(default=20, ge=5, le=90)
    """Letters in 100 of those in the letter's own language."""
    measure: Measure = Measure.VISITS
    hours: int = Field(default=24, ge=1, le=168)
    """After which the winner is chosen, counted from the first letter."""
    is_by_hand: bool = False
    """Whether staff choose, whatever the figures say."""

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the lines that are tried."""
        return ARMS[: len(self.others) + 1]

    @property
    def told(self) -> str:
        """The test in one line, as the screens say it."""
        after = plural(self.hours, "hour")
        end = (
            "you choose the one for the rest"
            if self.is_by_hand
            else f"after {after} the rest gets the better one by {self.measure.value}"
        )
        return f"{len(self.arms)} lines on {self.share}\u00a0% of the readers; {end}"

    def lines(self, subject: str, preheader: str) -> dict[str, SubjectLine]:
        """Return the lines by arm, given the mailing's own."""
        own = SubjectLine(subject=subject, preheader=preheader)
        filled = (
            SubjectLine(subject=one.subject or subject, preheader=one.preheader or preheader)
            for one in self.others
        )
        return dict(zip(self.arms, (own, *filled), strict=True))

    def has_twins(self, subject: str, preheader: str) -> bool:
        """Say whether two lines are the same, given the mailing's own."""
        lines = self.lines(subject, preheader)
        return len({(one.subject, one.preheader) for one in lines.values()}) < len(lines)

    def size(self, letters: int) -> int:
        """Return how many letters each arm gets when `letters` could be tried."""
        return letters * self.share // 100 // len(self.arms)


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """What came of one line."""

    sent: int
    """Letters accepted that can be counted."""
    visited: int
    """Letters with a visit."""
    downloaded: int
    """Letters with a download."""

    def hits(self, measure: Measure) -> int:
        """Return the letters that count for a measure."""
        return self.visited if measure is Measure.VISITS else self.downloaded

    def rate(self, measure: Measure) -> float:
        """Return them per letter sent."""
        return self.hits(measure) / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which line did best, and whether that could be luck."""

    best: str
    is_chance: bool


def judge(figures: Mapping[str, ArmFigures], measure: Measure) -> Verdict:
    """Compare the best line with the next; a difference that could be chance is called so.

    Two proportions (pooled z-test, two-sided); with three lines there are three pairs that luck
    could make differ, so that each must be three times less probable (Bonferroni).
    """
    ranked = sorted(figures, key=lambda arm: (-figures[arm].rate(measure), arm))
    best, second = figures[ranked[0]], figures[ranked[1]]
    pairs = len(ranked) * (len(ranked) - 1) // 2
    probability = _by_luck((best.hits(measure), best.sent), (second.hits(measure), second.sent))
    return Verdict(ranked[0], is_chance=probability >= CHANCE / pairs)


def _by_luck(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return how probable a difference at least as large is when both are alike."""
    (hits, n), (others, m) = one, other
    if not n or not m:
        return 1.0
    pooled = (hits + others) / (n + m)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    if not spread:
        return 1.0
    return math.erfc(abs(hits / n - others / m) / spread / math.sqrt(2))
