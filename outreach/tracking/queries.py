"""Reads of the figures: what came of one mailing, in a constant number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.text import LocalText
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.mailings.models import MailingLink
from outreach.results.models import Document, DocumentVersion, Result
from outreach.tracking.groups import DIMENSIONS, NOT_TOLD_APART, Group, load_groups
from outreach.tracking.models import DocumentFigure, GroupFigure, HourFigure, LinkFigure

SENT_STATES = (DeliveryState.ACCEPTED, DeliveryState.BOUNCED)
"""Letters the server accepted; some come back later."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of hits; those that begin with `machine_` stand beside the others, never in them."""

    opened: int = 0
    """Letters with a counted open; likewise `clicked`, `downloaded`, `asked`, `engaged`."""
    clicked: int = 0
    downloaded: int = 0
    asked: int = 0
    engaged: int = 0
    visits: int = 0
    downloads: int = 0
    questions: int = 0
    opens: int = 0
    clicks: int = 0
    machine_opens: int = 0
    machine_clicks: int = 0
    machine_downloads: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)))

    @property
    def machine(self) -> int:
        """All hits that were left out as a machine's."""
        return self.machine_opens + self.machine_clicks + self.machine_downloads


@dataclass(frozen=True, slots=True)
class Row:
    """What letters have in common, and what came of them."""

    value: Any
    """A role's id, a level, country, language or variant; None for none, and where folded."""
    is_folded: bool
    """Whether several values were merged here, so that nobody's letter stands alone."""
    letters: int
    sent: int
    unmeasured: int
    """Letters that carry no measuring token: "not counted", never 0."""
    counts: Counts


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """One token group and what came of its letters."""

    group: Group
    sent: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class MailingFigures:
    """All that came of one mailing."""

    mailing_id: int
    tracking: str
    """The mode its letters were made under; under "shared" letters are not told apart."""
    groups: tuple[GroupCounts, ...]
    beside: Counts
    """What counts in the total alone: by group it would tell whose letter it was."""

    @property
    def total(self) -> Counts:
        """Everything together."""
        return _sum(line.counts for line in self.groups) + self.beside

    @property
    def agreed(self) -> Counts:
        """People who agreed to be followed, for a line of their own."""
        return _sum(line.counts for line in self.groups if line.group.is_personal)

    @property
    def sent(self) -> int:
        """Letters the server accepted."""
        return sum(line.sent for line in self.groups)

    def by(self, dimension: str) -> tuple[Row, ...]:
        """Return rows by `role_id`, `tier`, `country`, `language`, `variant` or `arm`.

        They add up to the total without `beside`; folded groups come last, as one row.
        """
        if dimension not in DIMENSIONS:
            raise KeyError(dimension)
        found: dict[tuple[bool, Any], list[GroupCounts]] = {}
        for line in self.groups:
            is_folded = dimension in line.group.folded
            value = None if is_folded else line.group.values[dimension]
            found.setdefault((is_folded, value), []).append(line)
        ordered = sorted(found, key=lambda key: (key[0], key[1] is None, str(key[1])))
        return tuple(_row(*key, found[key]) for key in ordered)


def mailing_figures(session: Session, mailing_id: int) -> MailingFigures | None:
    """Return what came of a mailing; None before its letters were made. Five statements."""
    tracking = session.scalar(select(Dispatch.tracking).where(Dispatch.mailing_id == mailing_id))
    if tracking is None:
        return None
    groups = load_groups(session.connection(), [mailing_id])[mailing_id].by_no
    table = GroupFigure.__table__
    counts = {
        row.group_no: Counts(*(getattr(row, field.name) for field in fields(Counts)))
        for row in session.execute(select(table).where(GroupFigure.mailing_id == mailing_id))
    }
    sent = _sent(session, mailing_id)
    return MailingFigures(
        mailing_id,
        tracking,
        tuple(
            GroupCounts(group, sent.get(no, 0), counts.get(no, Counts()))
            for no, group in sorted(groups.items())
        ),
        counts.get(NOT_TOLD_APART, Counts()),
    )


def _sent(session: Session, mailing_id: int) -> dict[int | None, int]:
    rows = session.execute(
        select(Delivery.group_no, func.count())
        .where(Delivery.mailing_id == mailing_id, Delivery.state.in_(SENT_STATES))
        .group_by(Delivery.group_no)
    )
    return dict(rows.all())


def _sum(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


def _row(is_folded: bool, value: Any, lines: list[GroupCounts]) -> Row:
    return Row(
        value,
        is_folded,
        sum(line.group.size for line in lines),
        sum(line.sent for line in lines),
        sum(line.group.size for line in lines if not line.group.is_measured),
        _sum(line.counts for line in lines),
    )


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link of a letter."""

    number: int
    label: str
    address: str
    counted: int
    machine: int


def link_lines(session: Session, mailing_id: int) -> list[LinkLine]:
    """Return all links of a mailing in the order of the letter, those nobody followed as well."""
    rows = session.execute(
        select(
            MailingLink.number,
            MailingLink.label,
            MailingLink.address,
            func.coalesce(func.sum(LinkFigure.counted), 0),
            func.coalesce(func.sum(LinkFigure.machine), 0),
        )
        .outerjoin(
            LinkFigure,
            (LinkFigure.mailing_id == MailingLink.mailing_id)
            & (LinkFigure.link_number == MailingLink.number),
        )
        .where(MailingLink.mailing_id == mailing_id)
        .group_by(MailingLink.number, MailingLink.label, MailingLink.address)
        .order_by(MailingLink.number)
    )
    return [LinkLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One version of a document, from one mailing's letters or (mailing 0) from public pages."""

    document_id: int
    title: LocalText
    version: str
    language: str
    address: str
    """Where it was followed to; empty for a file of ours."""
    downloads: int
    followed: int
    machine: int


def document_lines(session: Session, mailing_id: int) -> list[DocumentLine]:
    """Return what came of documents through one mailing; 0: through public pages alone."""
    rows = session.execute(
        select(
            Document.id,
            Document.title,
            DocumentVersion.label,
            DocumentVersion.language,
            func.coalesce(DocumentVersion.address, ""),
            func.sum(DocumentFigure.downloads),
            func.sum(DocumentFigure.followed),
            func.sum(DocumentFigure.machine),
        )
        .select_from(DocumentFigure)
        .join(DocumentVersion, DocumentVersion.id == DocumentFigure.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentFigure.mailing_id == mailing_id)
        .group_by(Document.id, DocumentVersion.id)
        .order_by(Document.id, DocumentVersion.id)
    )
    return [DocumentLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class HourLine:
    """One hour of a mailing; hours in which nothing came are not listed."""

    hour: datetime
    opens: int
    visits: int
    downloads: int
    machine: int


def hour_lines(session: Session, mailing_id: int, *, until: datetime) -> list[HourLine]:
    """Return the hours of a mailing that begin before `until`, in their order."""
    rows = session.execute(
        select(
            HourFigure.hour,
            HourFigure.opens,
            HourFigure.visits,
            HourFigure.downloads,
            HourFigure.machine,
        )
        .where(HourFigure.mailing_id == mailing_id, HourFigure.hour < until)
        .order_by(HourFigure.hour)
    )
    return [HourLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class WithdrawnDocument:
    """A document that was taken back, and the page that leads on."""

    title: LocalText
    result_title: LocalText
    result_slug: str
    """Empty where the result's page is not open to the public."""


def withdrawn_document(session: Session, version_id: int) -> WithdrawnDocument | None:
    """Return what a page says of a version whose file is no longer offered."""
    row = session.execute(
        select(Document.title, Result)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Result, Result.id == Document.result_id)
        .where(DocumentVersion.id == version_id)
    ).first()
    if row is None:
        return None
    title, result = row
    is_open = result.published_at is not None and result.archived_at is None
    return WithdrawnDocument(title, result.title, result.slug if is_open else "")
