"""What one reader's hits add to the figures: pure, so that counting once and again agree.

All figures are sums over readers. A figure is a number in a cell; whoever changes the hits of a
reader subtracts what they counted before and adds what they count now.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import compress
from typing import NamedTuple

from outreach.tracking.facts import FORWARDED, Fact, Judgement
from outreach.tracking.labels import VISIT
from outreach.tracking.models import (
    DocumentFigure,
    GroupFigure,
    HitKind,
    HitLabel,
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


class Identity(NamedTuple):
    """One reader within a mailing: a letter, or a visit that no letter is known for."""

    mailing_id: int
    group_no: int
    is_letter: bool


class Firsts(NamedTuple):
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


NOTHING = Firsts()
"""Of a reader who did nothing that is credited."""


def firsts_of(hits: Judged) -> Firsts:
    """Return the first moments credited to a reader whose hits are in the order of time."""
    first: dict[HitKind, datetime] = {}
    last_visit_at = None
    for fact, (label, reason, _) in hits:
        # As `Judgement.is_credited` says, spelled out: every hit comes by here.
        if label is not HitLabel.MACHINE and reason != FORWARDED:
            at, kind = fact[:2]
            if kind not in first:
                first[kind] = at
            if kind in _VISITING:
                last_visit_at = at
    if not first:
        return NOTHING
    get = first.get
    return Firsts(
        get(HitKind.OPEN), get(HitKind.CLICK), get(HitKind.DOWNLOAD), get(HitKind.QUESTION),
        last_visit_at,
    )  # fmt: skip


class Tally:
    """What readers' hits add to the figures: kept short, and written out when it is asked for.

    Thousands of hits share a kind, a label, a link and an hour; each costs one entry here.
    """

    def __init__(self) -> None:
        self._hits: dict[_HitKey, int] = {}
        self._visits: dict[tuple[int, int, datetime], int] = {}
        self._once: dict[_OnceKey, int] = {}

    def add(self, who: Identity, hits: Judged, *, sign: int = 1) -> None:
        """Add what a reader's hits, in the order of time, count; or with -1 take it away."""
        self._add_hits(who, hits, sign)
        self._add_visits(who, visits_of(hits), sign)
        self._count_once(_once(who, hits, firsts_of(hits)), sign)

    def change(
        self, who: Identity, before: Judged, after: Judged, *, was: Firsts, now: Firsts
    ) -> None:
        """Add what a reader's hits count more, or less, than they did before.

        Mostly hits were only added behind those already counted: then these alone are looked at.
        Hits from before, alike in both, may be missing (`past.load_pasts` says which). `was` and
        `now` are the reader's firsts of before and after, of all its hits.
        """
        known = len(before)
        if known and after[:known] != before:
            self._add_hits(who, before, -1)
            self._add_visits(who, visits_of(before), -1)
            known = 0
        self._add_hits(who, after[known:], 1)
        self._add_visits(who, visits_of(after, known), 1)
        if was != now or who.mailing_id == PUBLIC:
            self._count_once(_once(who, before, was), -1)
            self._count_once(_once(who, after, now), 1)

    def figures(self) -> Figures:
        """Return every cell with its change, which may be negative."""
        found = Figures()
        for once, number in self._once.items():
            for cell in _cells_of_once(once):
                found[cell] += number
        for key, number in self._hits.items():
            for cell in _cells_of(key):
                found[cell] += number
        for (mailing_id, group_no, hour), number in self._visits.items():
            found[Cell(GroupFigure, (mailing_id, group_no), "visits")] += number
            found[Cell(HourFigure, (mailing_id, hour), "visits")] += number
        return found

    def _add_hits(self, who: Identity, hits: Judged, sign: int) -> None:
        found, mailing_id, group_no = self._hits, who.mailing_id, who.group_no
        for fact, (label, reason, is_repeat) in hits:
            key = (
                mailing_id, group_no, fact.kind, label, reason, is_repeat, _hour(fact.at),
                fact.link_number, fact.document_id, fact.version_id, fact.role_id, fact.share_id,
            )  # fmt: skip
            found[key] = found.get(key, 0) + sign

    def _count_once(self, key: "_OnceKey", sign: int) -> None:
        self._once[key] = self._once.get(key, 0) + sign

    def _add_visits(self, who: Identity, visits: list[datetime], sign: int) -> None:
        if who.mailing_id == PUBLIC:
            return
        for moment in visits:
            key = who.mailing_id, who.group_no, _hour(moment)
            self._visits[key] = self._visits.get(key, 0) + sign


_HitKey = tuple[
    int, int, HitKind, HitLabel, str, bool, datetime,
    int | None, int | None, int | None, int | None, int | None,
]  # fmt: skip
"""All that decides what a hit counts: mailing, group, kind, label, reason, whether it repeats,
hour, link, document, version, role named, share link."""
_OnceKey = tuple[int, int, tuple[int, ...]]
"""Mailing, group, and of a letter whether it was opened, clicked, downloaded, asked about; of
visitors without a letter the share links they came by; of a visit no letter is known for nothing.
"""
_LETTER_COLUMNS = ("opened", "clicked", "downloaded", "asked")
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
    HitKind.RETURN: "returns",
    HitKind.COMPLAINT: "complaints",
}
_ONCE = frozenset({HitKind.DOWNLOAD, HitKind.UNSUBSCRIBE, HitKind.COMPLAINT})
"""Kinds whose repeats are kept and not counted."""
_HOUR_COLUMN = {HitKind.OPEN: "opens", HitKind.DOWNLOAD: "downloads"}


def _cells_of(key: _HitKey) -> Iterator[Cell]:
    """Give the cells in which a hit counts by itself."""
    mailing_id, group_no, kind, label, reason, is_repeat, hour, *target = key
    judgement = Judgement(label, reason, is_repeat)
    why: Key = (mailing_id, kind, label, reason)
    yield Cell(ReasonFigure, why, "hits")
    if is_repeat:
        yield Cell(ReasonFigure, why, "repeats")
    else:
        yield from _targets_of((mailing_id, group_no), kind, judgement, target)
    if mailing_id == PUBLIC:
        return
    column = _column(kind, judgement)
    if column:
        yield Cell(GroupFigure, (mailing_id, group_no), column)
    column = _hour_column(kind, judgement)
    if column:
        yield Cell(HourFigure, (mailing_id, hour), column)


def _column(kind: HitKind, judgement: Judgement) -> str | None:
    if not judgement.is_counted:
        return _MACHINE_COLUMN.get(kind)
    return None if judgement.is_repeat and kind in _ONCE else _COUNTED_COLUMN.get(kind)


def _hour_column(kind: HitKind, judgement: Judgement) -> str | None:
    if not judgement.is_counted:
        return "machine"
    return None if judgement.is_repeat else _HOUR_COLUMN.get(kind)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _targets_of(
    group: tuple[int, int], kind: HitKind, judgement: Judgement, target: Sequence[int | None]
) -> Iterator[Cell]:
    """Give the cells of the link a hit came by and of the document it asked for."""
    link_number, document_id, version_id, role_id, share_id = target
    if link_number is not None:
        column = "counted" if judgement.is_counted else "machine"
        yield Cell(LinkFigure, (group[0], link_number, group[1]), column)
    visitor = (PUBLIC, share_id or 0, role_id or 0)
    if document_id is not None and version_id is not None:
        column = "downloads" if kind is HitKind.DOWNLOAD else "followed"
        if not judgement.is_counted:
            column = "machine"
        yield Cell(DocumentFigure, (document_id, version_id, *group), column)
        if group[0] == PUBLIC:
            yield Cell(VisitorFigure, (*visitor, document_id, version_id), column)
    elif group[0] == PUBLIC and not judgement.is_counted:
        yield Cell(VisitorFigure, (*visitor, 0, 0), "machine")


def visits_of(hits: Judged, known: int = 0) -> list[datetime]:
    """Return when each visit began: counted clicks and downloads at most 30 minutes apart.

    Only those that begin with the hits after the first `known`.
    """
    beginnings: list[datetime] = []
    last: datetime | None = None
    for index, (fact, judgement) in enumerate(hits):
        if fact.kind in _VISITING and judgement.label is not HitLabel.MACHINE:
            if index >= known and (last is None or fact.at - last > VISIT):
                beginnings.append(fact.at)
            last = fact.at
    return beginnings


def _once(who: Identity, hits: Judged, first: Firsts) -> _OnceKey:
    """Return all that decides where a reader counts once, however much it did."""
    if who.mailing_id == PUBLIC:
        shares = {f.share_id or 0 for f, j in hits if f.kind in _VISITING and j.is_counted}
        return PUBLIC, PUBLIC, tuple(sorted(shares))
    if not who.is_letter:
        return who.mailing_id, who.group_no, ()
    opened, clicked, downloaded, asked, _ = first
    did = (opened is not None, clicked is not None, downloaded is not None, asked is not None)
    return who.mailing_id, who.group_no, did


def _cells_of_once(key: _OnceKey) -> Iterator[Cell]:
    """Give the cells in which such a reader counts once."""
    mailing_id, group_no, did = key
    if mailing_id == PUBLIC:
        for share_id in did:
            yield Cell(VisitorFigure, (PUBLIC, share_id, 0, 0, 0), "visits")
    elif did:
        group = (mailing_id, group_no)
        yield from (Cell(GroupFigure, group, name) for name in compress(_LETTER_COLUMNS, did))
        if any(did[1:]):
            yield Cell(GroupFigure, group, "engaged")
