"""Published snapshots: a project's tables, protected once and then served as they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.dashboards.disclosure import Cell, hide_personal, join_small, shown_count
from outreach.dashboards.figures import DocumentFigures, Figures, RoleFigures
from outreach.dashboards.models import Snapshot
from outreach.dashboards.parts import shared_mailings
from outreach.dashboards.queries import project_mailings, rows_and_totals, totals
from outreach.dashboards.requests import request_figures
from outreach.dashboards.targets import document_figures, role_label
from outreach.dashboards.wording import NOT_COUNTED
from outreach.mailings.models import Mailing
from outreach.mailings.testing_subjects import told_subject
from outreach.tracking.hit_list import reason_lines
from outreach.tracking.sharing import CHANNEL_NAMES, share_lines, visitor_role_lines

BASE_FACTOR = 2
"""A row needs twice the threshold as its base: 10 letters for partners, 20 for the public."""
ROLE_HEAD = ("Role", "Sent", "Visits", "Letters clicked", "Downloads", "Questions", "Left out")
DOCUMENT_HEAD = ("Document", "Kind", "Downloads", "Followed to another site", "Left out")
CHANNEL_HEAD = ("Share link", "Channel", "Visits", "Downloads", "Left out")
VISITOR_HEAD = ("Role named", "Downloads", "Left out")


@dataclass(frozen=True)
class Tables:
    """The fixed catalogue of what is published, every hidden cell already hidden."""

    period: tuple[str, str]
    """First and last letter's day, ISO 8601; empty strings before the first mailing."""
    mailings: tuple[str, ...]
    totals: tuple[tuple[str, Cell], ...]
    by_role: tuple[tuple[Cell, ...], ...]
    role_slugs: tuple[str | None, ...]
    documents: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    channels: tuple[tuple[Cell, ...], ...] = ()
    """By share link; counts of visitors without a letter lead to nobody."""
    visitors: tuple[tuple[Cell, ...], ...] = ()
    """Downloads by visitors without a letter, by the role they named."""
    requests: tuple[tuple[Cell, ...], ...] = ()
    """Requests of all letters together: raw, counted, counted with an earlier one, left out."""

    def as_json(self) -> dict[str, Any]:
        """Return the tables as they are stored."""
        return {"version": 2, **vars(self)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Tables":
        """Read what `as_json` wrote."""
        return cls(
            period=tuple(stored["period"]),
            mailings=tuple(stored["mailings"]),
            totals=tuple((name, value) for name, value in stored["totals"]),
            by_role=_rows(stored["by_role"], ROLE_HEAD),
            role_slugs=tuple(stored["role_slugs"]),
            documents=_rows(stored["documents"], DOCUMENT_HEAD),
            notes=tuple(stored["notes"]),
            channels=_rows(stored.get("channels", ()), CHANNEL_HEAD),
            visitors=_rows(stored.get("visitors", ()), VISITOR_HEAD),
            requests=tuple(tuple(row) for row in stored.get("requests", ())),
        )


def _rows(stored: Sequence[Sequence[Cell]], head: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
    """Read rows; what a publication of before did not tell yet is not counted in it."""
    return tuple((*row, *[NOT_COUNTED] * (len(head) - len(row))) for row in stored)


def build_tables(session: Session, project_id: int, *, threshold: int) -> Tables:
    """Return a project's tables as partners may see them, from what is counted now.

    `threshold` is k for counts known per person; a row's base must reach twice of it.
    """
    mailings = project_mailings(session, project_id)
    ids = [mailing.id for mailing in mailings]
    least = threshold * BASE_FACTOR
    by_role, all_of_it = rows_and_totals(session, ids, project_id=project_id)
    rows, rest = join_small(by_role, least_base=least)
    shared = shared_mailings(session, ids, project_id)
    return Tables(
        period=_period(mailings),
        mailings=tuple(told_subject(mailing) or mailing.title for mailing in mailings),
        totals=_totals(all_of_it),
        by_role=_role_table(rows, threshold, _published_questions(session, project_id)),
        role_slugs=tuple(row.slug for row in rows),
        documents=_document_table(document_figures(session, ids, project_id=project_id)),
        notes=tuple(_notes(rows, rest, least, has_shared=bool(shared))),
        channels=tuple(
            (
                line.link.label,
                CHANNEL_NAMES[line.link.channel],
                line.visits,
                line.downloads,
                line.machine,
            )
            for line in share_lines(session, project_id)
        ),
        visitors=tuple(
            (role_label(line.role) if line.role else "named none", line.downloads, line.machine)
            for line in visitor_role_lines(session, project_id)
        ),
        requests=_requests(session, set(ids) - shared, least),
    )


def _requests(
    session: Session, mailing_ids: Collection[int], least: int
) -> tuple[tuple[Cell, ...], ...]:
    """Return what became of the requests of a project's own mailings, if they are large enough.

    A request does not say by which part of a shared mailing it came, where it opened the letter.
    """
    if totals(session, mailing_ids).sent < least:
        return ()
    return tuple(line.row for line in request_figures(reason_lines(session, mailing_ids)))


def publish(
    session: Session, project_id: int, *, threshold: int, by: str, now: datetime
) -> Snapshot:
    """Store the project's tables as its newest snapshot; `by` is who published."""
    tables = build_tables(session, project_id, threshold=threshold)
    snapshot = Snapshot(
        project_id=project_id, published_at=now, published_by=by, tables=tables.as_json()
    )
    session.add(snapshot)
    session.flush()
    return snapshot


def newest_snapshot(session: Session, project_id: int) -> Snapshot | None:
    """Return what the project's partners see, or None before the first publication."""
    return session.scalars(
        select(Snapshot)
        .where(Snapshot.project_id == project_id)
        .order_by(Snapshot.published_at.desc(), Snapshot.id.desc())
        .limit(1)
    ).first()


def _period(mailings: Sequence[Mailing]) -> tuple[str, str]:
    days = sorted(f"{mailing.started_at:%Y-%m-%d}" for mailing in mailings if mailing.started_at)
    return (days[0], days[-1]) if days else ("", "")


def _totals(figures: Figures) -> tuple[tuple[str, Cell], ...]:
    return (
        ("Recipients", figures.recipients),
        ("Sent", figures.sent),
        ("Visits", NOT_COUNTED if figures.visits is None else figures.visits),
        ("Downloads", NOT_COUNTED if figures.downloads is None else figures.downloads),
        ("Questions", figures.asked),
        ("Answered", figures.answered),
    )


def _published_questions(session: Session, project_id: int) -> dict[str, Cell]:
    """Return the questions of each row as they were last published."""
    snapshot = newest_snapshot(session, project_id)
    if snapshot is None:
        return {}
    rows = Tables.from_json(snapshot.tables).by_role
    return {str(row[0]): row[ROLE_HEAD.index("Questions")] for row in rows}


def _role_table(
    rows: Sequence[RoleFigures], threshold: int, published: Mapping[str, Cell]
) -> tuple[tuple[Cell, ...], ...]:
    counts = [row.figures.asked for row in rows]
    before = [published.get(row.label) for row in rows]
    questions = hide_personal(counts, k=threshold, published=before)
    return tuple(
        (
            row.label,
            row.figures.sent,
            shown_count(row.figures.visits, row.figures.sent),
            shown_count(row.figures.clicked, row.figures.sent),
            shown_count(row.figures.downloads, row.figures.sent),
            asked,
            NOT_COUNTED if row.figures.visits is None else row.figures.machine,
        )
        for row, asked in zip(rows, questions, strict=True)
    )


def _document_table(documents: Sequence[DocumentFigures]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            document.title,
            document.kind,
            NOT_COUNTED if document.own is None else document.own,
            document.followed,
            document.machine,
        )
        for document in documents
    )


def _notes(
    rows: Sequence[RoleFigures], rest: Figures, least: int, *, has_shared: bool
) -> list[str]:
    notes = [
        "Visits are all clicks of one letter within 30 minutes; requests by mail scanners and "
        "robots are left out.",
        f"Roles with fewer than {least} letters to people who are not followed one by one are "
        "shown together as other roles. Numbers of questions that could point to a person are "
        "hidden, and change only when several more have come; totals are always shown.",
    ]
    if has_shared:
        notes.append(
            "Some mailings announced results of other projects as well: recipients and sent count "
            "their letters, all else only what came by the parts about this project. Requests "
            "are those of the other mailings."
        )
    if rest.recipients:
        notes.append(f"There are fewer than {least} letters, so nothing is shown by role.")
    if any(row.figures.visits is None for row in rows):
        notes.append("Some letters were sent without any counting.")
    return notes
