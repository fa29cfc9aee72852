"""What one reader's hits add to the figures: pure, so that counting once and again agree.

All figures are sums over readers. A figure is a number in a cell; whoever changes the hits of a
reader subtracts what they counted before and adds what they count now.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.labels import VISIT
from outreach.tracking.models import (
    DocumentFigure,
    GroupFigure,
    HitKind,
    HourFigure,
    LinkFigure,
)

FigureTable = type[GroupFigure] | type[LinkFigure] | type[DocumentFigure] | type[HourFigure]
Key = tuple[int | datetime, ...]
PUBLIC = 0
"""The mailing and group of visitors of public pages who came without a letter."""


class Cell(NamedTuple):
    """One number of one row; `key` in the order of the table's primary key."""

    table: FigureTable
    key: Key
    column: str


Figures = Counter[Cell]
Judged = Sequence[tuple[Fact, Judgement]]


@dataclass(frozen=True, slots=True)
class Identity:
    """One reader within a mailing: a letter, or a visit that no letter is known for."""

    mailing_id: int
    group_no: int
    is_letter: bool


@dataclass(frozen=True, slots=True)
class Firsts:
    """When a reader did something counted for the first time, and the last click or download."""

    open_at: datetime | None = None
    click_at: datetime | None = None
    download_at: datetime | None = None
    question_at: datetime | None = None
    last_visit_at: datetime | None = None

    @property
    def is_engaged(self) -> bool:
        """Whether there was a click, a download or a question."""
        return any((self.click_at, self.download_at, self.question_at))


def firsts_of(hits: Judged) -> Firsts:
    """Return the first counted moments of a reader whose hits are in the order of time."""
    first: dict[HitKind, datetime] = {}
    last_visit_at = None
    for fact, judgement in hits:
        if judgement.is_counted:
            first.setdefault(fact.kind, fact.at)
            if fact.kind in _VISITING:
                last_visit_at = fact.at
    return Firsts(
        first.get(HitKind.OPEN),
        first.get(HitKind.CLICK),
        first.get(HitKind.DOWNLOAD),
        first.get(HitKind.QUESTION),
        last_visit_at,
    )


def figures_of(who: Identity, hits: Judged) -> Figures:
    """Return what a reader's hits, in the order of time, add to the figures."""
    figures: Figures = Counter()
    add_to(figures, who, hits)
    return figures


def add_to(figures: Figures, who: Identity, hits: Judged, *, sign: int = 1) -> None:
    """Add what a reader's hits count to `figures`, or with -1 take it away."""
    if who.mailing_id != PUBLIC:
        _add_group(figures, who, hits, sign)
        _add_hours(figures, who, hits, sign)
    group = (who.mailing_id, who.group_no)
    for fact, judgement in hits:
        if not judgement.is_repeat:
            _add_link(figures, group, fact, judgement, sign)
            _add_document(figures, group, fact, judgement, sign)


_VISITING = frozenset({HitKind.CLICK, HitKind.DOWNLOAD})
_MACHINE_COLUMN = {
    HitKind.OPEN: "machine_opens",
    HitKind.CLICK: "machine_clicks",
    HitKind.DOWNLOAD: "machine_downloads",
}
_COUNTED_COLUMN = {
    HitKind.OPEN: "opens",
    HitKind.CLICK: "clicks",
    HitKind.DOWNLOAD: "downloads",
    HitKind.QUESTION: "questions",
}


def _add_group(figures: Figures, who: Identity, hits: Judged, sign: int) -> None:
    group = (who.mailing_id, who.group_no)
    for fact, judgement in hits:
        column = _column(fact, judgement)
        if column:
            figures[Cell(GroupFigure, group, column)] += sign
    visits = len(visits_of(hits))
    if visits:
        figures[Cell(GroupFigure, group, "visits")] += sign * visits
    if who.is_letter:
        for column in _letter_columns(firsts_of(hits)):
            figures[Cell(GroupFigure, group, column)] += sign


def _letter_columns(first: Firsts) -> Iterable[str]:
    """Give the columns in which one letter counts once."""
    if first.open_at:
        yield "opened"
    if first.click_at:
        yield "clicked"
    if first.download_at:
        yield "downloaded"
    if first.question_at:
        yield "asked"
    if first.is_engaged:
        yield "engaged"


def _column(fact: Fact, judgement: Judgement) -> str | None:
    if not judgement.is_counted:
        return _MACHINE_COLUMN.get(fact.kind)
    if fact.kind is HitKind.DOWNLOAD and judgement.is_repeat:
        return None
    return _COUNTED_COLUMN.get(fact.kind)


def visits_of(hits: Judged) -> list[datetime]:
    """Return when each visit began: counted clicks and downloads at most 30 minutes apart."""
    beginnings: list[datetime] = []
    last: datetime | None = None
    for fact, judgement in hits:
        if fact.kind in _VISITING and judgement.is_counted:
            if last is None or fact.at - last > VISIT:
                beginnings.append(fact.at)
            last = fact.at
    return beginnings


def _add_hours(figures: Figures, who: Identity, hits: Judged, sign: int) -> None:
    for moment, column in _hourly(hits):
        hour = moment.replace(minute=0, second=0, microsecond=0)
        figures[Cell(HourFigure, (who.mailing_id, hour), column)] += sign


def _hourly(hits: Judged) -> Iterable[tuple[datetime, str]]:
    for fact, judgement in hits:
        if not judgement.is_counted:
            yield fact.at, "machine"
        elif fact.kind is HitKind.OPEN:
            yield fact.at, "opens"
        elif fact.kind is HitKind.DOWNLOAD and not judgement.is_repeat:
            yield fact.at, "downloads"
    for moment in visits_of(hits):
        yield moment, "visits"


def _add_link(
    figures: Figures, group: tuple[int, int], fact: Fact, judgement: Judgement, sign: int
) -> None:
    if fact.link_number is not None:
        mailing_id, group_no = group
        column = "counted" if judgement.is_counted else "machine"
        figures[Cell(LinkFigure, (mailing_id, fact.link_number, group_no), column)] += sign


def _add_document(
    figures: Figures, group: tuple[int, int], fact: Fact, judgement: Judgement, sign: int
) -> None:
    if fact.document_id is None or fact.version_id is None:
        return
    column = "downloads" if fact.kind is HitKind.DOWNLOAD else "followed"
    if not judgement.is_counted:
        column = "machine"
    figures[Cell(DocumentFigure, (fact.document_id, fact.version_id, *group), column)] += sign
