"""What a later room adds to an earlier one, declared here as small protocols and collected once.

Each room lists its contributions in `contributes.py`; `create_app` hands them, in the order of the
rooms, to `Contributions`. No signals, no discovery: what runs is what stands in those lists.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, false
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a person's history."""

    at: datetime
    title: str
    detail: str = ""
    icon: str = "document-text"
    url: str = ""
    is_day: bool = False
    """Whether the day is all that is known of `at`; it is noon there, by UTC."""
    is_internal: bool = False
    """Whether it is a word among staff, which the person gets on request and not by themselves."""


class TimelineSource(Protocol):
    """Gives what a room knows of one person, newest first, at most `limit` lines."""

    def __call__(
        self, session: Session, stakeholder_id: int, *, limit: int
    ) -> Iterable[TimelineEntry]: ...


@dataclass(frozen=True)
class Period:
    """From `since` (included) to `until` (not included); either may be open."""

    since: datetime | None = None
    until: datetime | None = None

    def covers(self, column: Any) -> ColumnElement[bool]:
        """Say whether a moment in a column lies in the period; an empty moment never does."""
        parts = [column.is_not(None)]
        if self.since is not None:
            parts.append(column >= self.since)
        if self.until is not None:
            parts.append(column < self.until)
        return and_(*parts)


def _never(_person: Any) -> ColumnElement[bool]:
    return false()


@dataclass(frozen=True)
class Engagement:
    """Something people did that a room knows of, as a condition of segments."""

    name: str
    label: str
    """As a sentence about the person: "Opened a letter"."""
    holds: Callable[[Any, tuple[int, ...], Period], ColumnElement[bool]]
    """Takes the column of the person's id, the ids chosen (none: any) and the period."""
    choices: Callable[[Session], Sequence[tuple[str, str]]]
    is_own_act: bool = False
    """Whether it shows that the person is still interested: a click does, an open does not."""
    needs_measurement: bool = False
    """Whether it is known only of people who agreed to be measured individually."""
    is_known: Callable[[Any], ColumnElement[bool]] = _never
    """Of whom else it is known, by the column of the person's id."""


@dataclass(frozen=True)
class LettersMade:
    """How far the letters of one mailing have come."""

    left: int
    """The mail server took them, whatever came of them."""
    doubtful: int
    """They may have left: the server's answer was lost."""
    waiting: int
    """Still to be sent."""


class Letters(Protocol):
    """Says in SQL what letters people got; each condition is of the column `person`."""

    def made(self, session: Session, mailing_id: int, *, now: datetime) -> LettersMade | None:
        """Count the letters of a mailing; None before they were made."""
        ...

    def received(self, person: Any, mailing_ids: Collection[int]) -> ColumnElement[bool]:
        """Whether they got one of these mailings, or are about to."""
        ...

    def got_as_many(
        self,
        person: Any,
        most: Any,
        *,
        since: datetime | ColumnElement[datetime],
        list_ids: Collection[int] | None,
        of_few: bool = False,
        sent_but: int | None = None,
    ) -> ColumnElement[bool]:
        """Whether they got `most` letters of these lists (None: of any) since a moment.

        Letters on their way count too. `of_few` says that it is asked of few people. With
        `sent_but`, asked as a letter of that mailing is about to leave, only those that have left
        count, and none of its own.
        """
        ...


@dataclass(frozen=True)
class Erasure:
    """How a room forgets a person; `tables` names every table of it that holds a person's id."""

    tables: tuple[str, ...]
    erase: Callable[[Session, int], None]


@dataclass(frozen=True)
class Finding:
    """One line of `outreach doctor`: what was looked at, whether it is well, what to do."""

    subject: str
    is_well: bool
    message: str
    remedy: str = ""


DoctorCheck = Callable[[Any], Iterable[Finding]]
"""Takes the application, returns findings."""


@dataclass(frozen=True)
class Tick:
    """A recurring job: an idempotent function of the application that claims its work."""

    name: str
    every: timedelta
    run: Callable[[Any], None]


@dataclass(frozen=True)
class MenuEntry:
    """An entry of the staff rail; `verb` decides who sees it."""

    label: str
    endpoint: str
    icon: str
    verb: str
    position: int
    count: Callable[[Session, int], Select[int] | None] | None = None
    """Says how to count what waits for a user's id; None shows no number.

    A statement, not a number: all entries of a page are counted in one question.
    """


@dataclass(frozen=True)
class SettingsEntry:
    """An entry of the settings page; `verb` decides who sees it."""

    label: str
    endpoint: str
    icon: str
    verb: str
    sentence: str
    """What one finds there."""
    position: int


@dataclass(frozen=True)
class FaqOffer:
    """A published question with its answer (Markdown), as a letter may quote it."""

    slug: str
    question: str
    answer: str
    published_at: datetime | None = None


class FaqSource(Protocol):
    """Gives the published FAQ entries of projects in a language, in their order."""

    def __call__(
        self, session: Session, project_ids: Iterable[int], *, language: str
    ) -> Iterable[FaqOffer]: ...


@dataclass(frozen=True)
class Contribution:
    """All that one room contributes."""

    timeline: tuple[TimelineSource, ...] = ()
    engagements: tuple[Engagement, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    doctor: tuple[DoctorCheck, ...] = ()
    ticks: tuple[Tick, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    settings: tuple[SettingsEntry, ...] = ()
    faq: tuple[FaqSource, ...] = ()
    letters: Letters | None = None


@dataclass
class Contributions:
    """Everything the rooms contributed, in the order of the rooms."""

    timeline: list[TimelineSource] = field(default_factory=list)
    engagements: list[Engagement] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    doctor: list[DoctorCheck] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    menu: list[MenuEntry] = field(default_factory=list)
    faq: list[FaqSource] = field(default_factory=list)
    settings: list[SettingsEntry] = field(default_factory=list)
    letters: list[Letters] = field(default_factory=list)

    def add(self, contribution: Contribution) -> None:
        """Append what a room contributes."""
        self.timeline.extend(contribution.timeline)
        self.engagements.extend(contribution.engagements)
        self.erasures.extend(contribution.erasures)
        self.doctor.extend(contribution.doctor)
        self.ticks.extend(contribution.ticks)
        self.menu.extend(contribution.menu)
        self.faq.extend(contribution.faq)
        self.menu.sort(key=lambda entry: entry.position)
        self.settings.extend(contribution.settings)
        if contribution.letters is not None:
            self.letters.append(contribution.letters)
        self.settings.sort(key=lambda entry: entry.position)
