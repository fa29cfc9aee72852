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
    ReasonFigure,
    VisitorFigure,
)

FigureTable = (
    type[GroupFigure]
    | type[LinkFigure]
    | type[DocumentFigure]
    | type[VisitorFigure]
    | type[HourFigure]
    | type[ReasonFigure]
)
Key = tuple[int | datetime | str, ...]
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
    """Return the first moments credited to a reader whose hits are in the order of time."""
    first: dict[HitKind, datetime] = {}
    last_visit_at = None
    for fact, judgement in hits:
        if judgement.is_credited:
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
    _add_hits(figures, who, hits, sign)
    _add_visits(figures, who, visits_of(hits), sign)
    _add_once(figures, _once(who, hits, firsts_of(hits)), sign)


def add_change(
    figures: Figures, who: Identity, before: Judged, after: Judged, *, was: Firsts, now: Firsts
) -> None:
    """Add what a reader's hits count more, or less, than they did before.

    Mostly hits were only added behind those already counted: then these alone are looked at.
    `was` and `now` are the reader's firsts of before and after.
    """
    if before and after[: len(before)] != before:
        add_to(figures, who, before, sign=-1)
        add_to(figures, who, after)
        return
    _add_hits(figures, who, after[len(before) :], 1)
    _add_visits(figures, who, visits_of(after)[len(visits_of(before)) :], 1)
    if was != now or who.mailing_id == PUBLIC:
        _add_once(figures, _once(who, after, now) - _once(who, before, was), 1)


_VISITING = frozenset({HitKind.CLICK, HitKind.DOWNLOAD})
_MACHINE_COLUMN = {
    HitKind.OPEN: "machine_opens",
    HitKind.CLICK: "machine_clicks",
    HitKind.DOWNLOAD: "machine_downloads",
    HitKind.WEB_VIEW: "machine_web_views",
}
_COUNTED_COLUMN = {
    HitKind.OPEN: "opens",
    HitKind.CLICK: "clicks",
    HitKind.DOWNLOAD: "downloads",
    HitKind.WEB_VIEW: "web_views",
    HitKind.QUESTION: "questions",
    HitKind.UNSUBSCRIBE: "unsubscribes",
    HitKind.COMPLAINT: "complaints",
}
_ONCE = frozenset({HitKind.DOWNLOAD, HitKind.UNSUBSCRIBE, HitKind.COMPLAINT})
"""Kinds whose repeats are kept and not counted."""
_HOUR_COLUMN = {HitKind.OPEN: "opens", HitKind.DOWNLOAD: "downloads"}
_Once = frozenset[tuple[FigureTable, Key, str]]


def _add_hits(figures: Figures, who: Identity, hits: Judged, sign: int) -> None:
    """Add what each hit counts by itself."""
    mailing_id, group = who.mailing_id, (who.mailing_id, who.group_no)
    for fact, judgement in hits:
        reason: Key = (mailing_id, fact.kind, judgement.label, judgement.reason)
        figures[Cell(ReasonFigure, reason, "hits")] += sign
        if judgement.is_repeat:
            figures[Cell(ReasonFigure, reason, "repeats")] += sign
        else:
            _add_target(figures, group, fact, judgement, sign)
        if mailing_id == PUBLIC:
            continue
        column = _column(fact, judgement)
        if column:
            figures[Cell(GroupFigure, group, column)] += sign
        column = _hour_column(fact, judgement)
        if column:
            figures[Cell(HourFigure, (mailing_id, _hour(fact.at)), column)] += sign


def _column(fact: Fact, judgement: Judgement) -> str | None:
    if not judgement.is_counted:
        return _MACHINE_COLUMN.get(fact.kind)
    return None if judgement.is_repeat and fact.kind in _ONCE else _COUNTED_COLUMN.get(fact.kind)


def _hour_column(fact: Fact, judgement: Judgement) -> str | None:
    if not judgement.is_counted:
        return "machine"
    return None if judgement.is_repeat else _HOUR_COLUMN.get(fact.kind)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _add_target(
    figures: Figures, group: tuple[int, int], fact: Fact, judgement: Judgement, sign: int
) -> None:
    """Add what a hit counts for the link it came by and the document it asked for."""
    if fact.link_number is not None:
        column = "counted" if judgement.is_counted else "machine"
        figures[Cell(LinkFigure, (group[0], fact.link_number, group[1]), column)] += sign
    visitor = (PUBLIC, fact.share_id or 0, fact.role_id or 0)
    if fact.document_id is not None and fact.version_id is not None:
        column = "downloads" if fact.kind is HitKind.DOWNLOAD else "followed"
        if not judgement.is_counted:
            column = "machine"
        document = (fact.document_id, fact.version_id)
        figures[Cell(DocumentFigure, (*document, *group), column)] += sign
        if group[0] == PUBLIC:
            figures[Cell(VisitorFigure, (*visitor, *document), column)] += sign
    elif group[0] == PUBLIC and not judgement.is_counted:
        figures[Cell(VisitorFigure, (*visitor, 0, 0), "machine")] += sign


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


def _add_visits(figures: Figures, who: Identity, visits: list[datetime], sign: int) -> None:
    if not visits or who.mailing_id == PUBLIC:
        return
    figures[Cell(GroupFigure, (who.mailing_id, who.group_no), "visits")] += sign * len(visits)
    for moment in visits:
        figures[Cell(HourFigure, (who.mailing_id, _hour(moment)), "visits")] += sign


def _once(who: Identity, hits: Judged, first: Firsts) -> _Once:
    """Return the cells in which a reader counts once, however much it did."""
    if who.mailing_id == PUBLIC:
        shares = {f.share_id or 0 for f, j in hits if f.kind in _VISITING and j.is_counted}
        return frozenset(
            (VisitorFigure, (PUBLIC, share_id, 0, 0, 0), "visits") for share_id in shares
        )
    if not who.is_letter:
        return frozenset()
    group = (who.mailing_id, who.group_no)
    return frozenset((GroupFigure, group, name) for name in _letter_columns(first))


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


def _add_once(figures: Figures, once: _Once, sign: int) -> None:
    for found in once:
        figures[Cell(*found)] += sign
