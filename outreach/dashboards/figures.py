"""What came of mailings: one meaning for every figure, kept as values that screens only show.

recipients (selected − withheld) · sent (accepted by the SMTP server) · opens (letters whose
picture was loaded) · visits (all clicks of one letter within 30 minutes) · clicked (letters with a
counted click) · downloads (files of ours) · asked · answered. A dimension that a token does not
hold reads None, "not counted", never 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from outreach.core.config import TrackingMode
from outreach.tracking.hit_list import ReasonLine

OTHER = "Other roles"


@dataclass(frozen=True)
class Figures:
    """The counts of some letters; None where the way of counting cannot know."""

    recipients: int = 0
    sent: int = 0
    refused: int = 0
    bounced: int = 0
    measured: int = 0
    """Sent letters that carry a measuring token: what counts per 100 letters refer to."""
    opened: int | None = 0
    clicked: int | None = 0
    engaged: int | None = 0
    """Letters with a click, a download or a question."""
    visits: int | None = 0
    downloads: int | None = 0
    asked: int = 0
    answered: int = 0
    unsubscribed: int = 0
    """Readers who chose to leave by their letter and did not take it back within half an hour."""
    complained: int = 0
    web_views: int = 0
    """How often letters were viewed in a browser; neither a visit nor an opening."""
    machine: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        sums: dict[str, Any] = {}
        for name in COUNTS:
            mine, theirs = getattr(self, name), getattr(other, name)
            # Mostly both are known: a report of many groups adds thousands of times.
            sums[name] = (
                _plus((mine, self.measured), (theirs, other.measured))
                if mine is None or theirs is None
                else mine + theirs
            )
        return Figures(**sums)

    def uncounted(self) -> "Figures":
        """The same letters, which carry no measuring token."""
        return replace(self.by_visits(), measured=0, visits=None, downloads=None)

    def by_visits(self) -> "Figures":
        """The same letters, where single letters are not told apart (shared tokens)."""
        return replace(self, opened=None, clicked=None, engaged=None)


COUNTS = tuple(item.name for item in fields(Figures))
Part = tuple[int | None, int]
"""A count and the measured letters it was counted in."""


def _plus(one: Part, other: Part) -> int | None:
    """Add counts of two groups of letters.

    Letters without a measuring token are left out of the sum, and of its base. Letters that carry
    one but are not told apart make the sum unknown: counting some of them would look like all.
    """
    known = [count for count, _ in (one, other) if count is not None]
    unknown = [base for count, base in (one, other) if count is None]
    if not unknown:
        return sum(known)
    is_absent = not any(unknown) and any(base for count, base in (one, other) if count is not None)
    return sum(known) if is_absent else None


def total(parts: Iterable[Figures]) -> Figures:
    """Add up; of nothing, all is 0."""
    result = Figures()
    for part in parts:
        result = result + part
    return result


@dataclass(frozen=True)
class RoleFigures:
    """One row "by role"; `slug` is None where roles were folded or cannot be told."""

    label: str
    slug: str | None
    figures: Figures
    unmeasured: int = 0
    """Letters of the row sent to people who did not agree to be measured individually."""


@dataclass(frozen=True)
class Breakdown:
    """The letters of a mailing told apart by something else than the role."""

    name: str
    rows: tuple[tuple[str, Figures], ...]
    """What the letters have in common, and what came of them; they add up like rows by role."""


@dataclass(frozen=True)
class DocumentFigures:
    """What one document got: downloads of our file, and clicks followed to a file elsewhere."""

    title: str
    slug: str
    kind: str
    downloads: int
    followed: int
    site: str = ""
    """Where its newest version lies, if elsewhere; earlier ones may have been files of ours."""
    machine: int = 0

    @property
    def own(self) -> int | None:
        """Downloads of our file; None where there never was one."""
        return None if self.site and not self.downloads else self.downloads

    @property
    def elsewhere(self) -> int | None:
        """Clicks followed to another site; None where it never lay there."""
        return self.followed if self.site or self.followed else None


@dataclass(frozen=True)
class DocumentByRole:
    """What readers in one role got of one document."""

    title: str
    role: str
    role_slug: str | None
    downloads: int
    followed: int
    machine: int = 0


@dataclass(frozen=True)
class LinkFigures:
    """What one link of a letter got."""

    number: int
    label: str
    address: str
    counted: int
    machine: int


@dataclass(frozen=True)
class HourFigures:
    """One hour since the first letter."""

    hour: datetime
    visits: int
    downloads: int
    machine: int


@dataclass(frozen=True)
class MailingReport:
    """All that came of one mailing."""

    mailing_id: int
    title: str
    tracking: str
    transport: str
    sent_at: datetime | None
    withheld: int
    rows: tuple[RoleFigures, ...]
    agreed: Figures
    """Who is followed individually, in a line of their own; they are in `rows` as well."""
    beside: Figures = field(default_factory=Figures)
    """Hits that belong to the mailing but to no group that could be named."""
    documents: tuple[DocumentFigures, ...] = ()
    documents_by_role: tuple[DocumentByRole, ...] = ()
    links: tuple[LinkFigures, ...] = ()
    hours: tuple[HourFigures, ...] = ()
    folded: tuple[str, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    reasons: tuple[ReasonLine, ...] = ()
    """How many requests were judged how, and why."""

    @property
    def is_counted(self) -> bool:
        """Whether anything is counted in these letters; what is not is unknown, never 0."""
        return self.tracking != TrackingMode.OFF.value

    @property
    def tells_agreed(self) -> bool:
        """Whether those followed individually are people who agreed to it, and not everybody."""
        return self.tracking != TrackingMode.INDIVIDUAL.value

    def asked_of(self, figures: Figures) -> int | None:
        """Return the questions of some of the letters; None where letters do not tell whose it was.

        A question leads back to a role by the letter's token: letters without one say no role.
        """
        return figures.asked or (0 if self.is_counted else None)

    @property
    def all(self) -> Figures:
        """The mailing's totals: the rows add up to them, with what stands beside."""
        return total([*(row.figures for row in self.rows), self.beside])
