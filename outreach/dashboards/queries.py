"""Reads of what came back: the same few statements for one mailing or for all of a project."""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.dashboards.figures import (
    OTHER,
    DocumentFigures,
    Figures,
    HourFigures,
    LinkFigures,
    MailingReport,
    RoleFigures,
    total,
)
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, TokenGroup
from outreach.mailings.models import Mailing, MailingLink, MailingResult
from outreach.projects.models import List
from outreach.questions.models import Question, QuestionState
from outreach.results.models import Document, DocumentKind, DocumentVersion, Result
from outreach.stakeholders.models import Role
from outreach.tracking.models import DocumentFigure, GroupFigure, HourFigure, LinkFigure

LETTERS_COUNTED = frozenset({"unlinked", "individual"})
"""Modes in which each letter counts once; shared tokens tell hits and visits only."""
FIRST_HOURS = 72
KIND_LABELS = {
    DocumentKind.POLICY_BRIEF: "Policy brief",
    DocumentKind.REPORT: "Report",
    DocumentKind.PAGE: "Page",
    DocumentKind.DATASET: "Dataset",
    DocumentKind.FAQ: "FAQ",
}


def mailing_report(session: Session, mailing_id: int) -> MailingReport:
    """Return all that came of one mailing; raises NotFound before its first letter was made."""
    row = session.execute(
        select(Mailing, Dispatch)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(Mailing.id == mailing_id)
    ).first()
    if row is None:
        raise NotFound("There is no report yet: this mailing has not begun to be sent.")
    mailing, dispatch = row
    groups = _group_figures(session, [mailing_id])
    return MailingReport(
        mailing_id=mailing.id,
        title=mailing.title,
        tracking=dispatch.tracking,
        transport=dispatch.transport,
        sent_at=mailing.started_at or dispatch.fanned_out_at,
        withheld=dispatch.withheld,
        rows=_by_role(session, groups),
        agreed=total(
            figures for group, figures in groups if group is not None and group.is_personal
        ),
        beside=total(figures for group, figures in groups if group is None),
        documents=document_figures(session, [mailing_id]),
        links=_links(session, mailing_id),
        hours=_hours(session, mailing_id),
        folded=_folded(group for group, _ in groups if group is not None),
    )


def role_rows(session: Session, mailing_ids: Collection[int]) -> tuple[RoleFigures, ...]:
    """Return the rows by role of several mailings together, all questions included."""
    return _by_role(session, _group_figures(session, mailing_ids))


def totals(session: Session, mailing_ids: Collection[int]) -> Figures:
    """Return the totals of several mailings together."""
    return total(figures for _, figures in _group_figures(session, mailing_ids))


def project_mailings(session: Session, project_id: int) -> Sequence[Mailing]:
    """Return the mailings that announced a result of the project or went to its list."""
    announced = (
        select(MailingResult.mailing_id)
        .join(Result, Result.id == MailingResult.result_id)
        .where(Result.project_id == project_id)
    )
    own_list = select(List.id).where(List.project_id == project_id)
    return session.scalars(
        select(Mailing)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(Mailing.id.in_(announced) | Mailing.list_id.in_(own_list))
        .order_by(Dispatch.fanned_out_at)
    ).all()


def document_figures(
    session: Session, mailing_ids: Collection[int], *, project_id: int | None = None
) -> tuple[DocumentFigures, ...]:
    """Return what documents got from `mailing_ids`; with `project_id` all of the project's
    documents, and what visitors without a letter did as well."""
    wanted = [0, *mailing_ids] if project_id else list(mailing_ids)
    summed = (
        select(
            DocumentFigure.document_id,
            func.sum(DocumentFigure.downloads).label("downloads"),
            func.sum(DocumentFigure.followed).label("followed"),
            func.sum(DocumentFigure.machine).label("machine"),
        )
        .where(DocumentFigure.mailing_id.in_(wanted))
        .group_by(DocumentFigure.document_id)
        .subquery()
    )
    rows = session.execute(
        _documents_of(mailing_ids, project_id)
        .add_columns(summed.c.downloads, summed.c.followed, summed.c.machine, _newest_address())
        .outerjoin(summed, summed.c.document_id == Document.id)
        .order_by(Document.result_id, Document.position, Document.id)
    )
    return tuple(
        DocumentFigures(
            title=document.title.pick(),
            slug=document.slug,
            kind=KIND_LABELS[document.kind],
            downloads=downloads or 0,
            followed=followed or 0,
            machine=machine or 0,
            site=urlsplit(address).hostname or "" if address else "",
        )
        for document, downloads, followed, machine, address in rows
    )


def _documents_of(mailing_ids: Collection[int], project_id: int | None) -> Select[Any]:
    if project_id:
        return select(Document).join(Result).where(Result.project_id == project_id)
    linked = select(MailingLink.document_id).where(
        MailingLink.mailing_id.in_(mailing_ids), MailingLink.document_id.is_not(None)
    )
    return select(Document).where(Document.id.in_(linked))


def _newest_address() -> Any:
    return (
        select(DocumentVersion.address)
        .where(DocumentVersion.document_id == Document.id)
        .order_by(DocumentVersion.id.desc())
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )


def _group_figures(
    session: Session, mailing_ids: Collection[int]
) -> list[tuple[TokenGroup | None, Figures]]:
    """Give each token group with its figures; None gathers what no group can be named for."""
    letters = _letters(session, mailing_ids)
    counted = _counted(session, mailing_ids)
    questions = _questions(session, mailing_ids)
    modes = dict(
        session.execute(
            select(Dispatch.mailing_id, Dispatch.tracking).where(
                Dispatch.mailing_id.in_(mailing_ids)
            )
        ).all()
    )
    groups = session.scalars(
        select(TokenGroup)
        .where(TokenGroup.mailing_id.in_(mailing_ids))
        .order_by(TokenGroup.mailing_id, TokenGroup.no)
    ).all()
    result: list[tuple[TokenGroup | None, Figures]] = []
    for group in groups:
        key = (group.mailing_id, group.no)
        figures = letters.pop(key, Figures()) + counted.pop(key, Figures())
        figures = figures + questions.pop(key, Figures())
        result.append((group, _as_counted(group, figures, modes[group.mailing_id])))
    rest = total([*counted.values(), *questions.values()])
    return [*result, (None, rest)]


def _as_counted(group: TokenGroup, figures: Figures, mode: str) -> Figures:
    if not group.is_measured or mode == "off":
        return figures.uncounted()
    if mode in LETTERS_COUNTED or group.is_personal:
        return figures
    return Figures(**{**vars(figures), "opened": None, "clicked": None})


Key = tuple[int, int]


def _letters(session: Session, mailing_ids: Collection[int]) -> dict[Key, Figures]:
    def of(*states: DeliveryState) -> Any:
        return func.sum(case((Delivery.state.in_(states), 1), else_=0))

    rows = session.execute(
        select(
            Delivery.mailing_id,
            Delivery.group_no,
            func.count(),
            of(DeliveryState.ACCEPTED, DeliveryState.BOUNCED),
            of(DeliveryState.REFUSED),
            of(DeliveryState.BOUNCED),
        )
        .where(Delivery.mailing_id.in_(mailing_ids), Delivery.group_no.is_not(None))
        .group_by(Delivery.mailing_id, Delivery.group_no)
    )
    return {
        (mailing_id, no): Figures(recipients=n, sent=sent, refused=refused, bounced=bounced)
        for mailing_id, no, n, sent, refused, bounced in rows
    }


def _counted(session: Session, mailing_ids: Collection[int]) -> dict[Key, Figures]:
    rows = session.scalars(select(GroupFigure).where(GroupFigure.mailing_id.in_(mailing_ids)))
    return {
        (row.mailing_id, row.group_no): Figures(
            opened=row.opened,
            clicked=row.clicked,
            visits=row.visits,
            downloads=row.downloads,
            machine=row.machine_opens + row.machine_clicks + row.machine_downloads,
        )
        for row in rows
    }


def _questions(session: Session, mailing_ids: Collection[int]) -> dict[Key, Figures]:
    rows = session.execute(
        select(
            Question.mailing_id,
            Question.group_no,
            func.count(),
            func.count(Question.answered_at),
        )
        .where(Question.mailing_id.in_(mailing_ids), Question.state != QuestionState.SPAM)
        .group_by(Question.mailing_id, Question.group_no)
    )
    return {
        (mailing_id or 0, no or 0): Figures(asked=asked, answered=answered)
        for mailing_id, no, asked, answered in rows
    }


def _by_role(
    session: Session, groups: list[tuple[TokenGroup | None, Figures]]
) -> tuple[RoleFigures, ...]:
    parts: dict[int | None, list[tuple[TokenGroup, Figures]]] = {}
    for group, figures in groups:
        if group is not None:
            parts.setdefault(group.role_id, []).append((group, figures))
    roles = session.scalars(select(Role).order_by(Role.position)).all()
    named = [(role.id, role.plural.pick() or role.name.pick(), role.slug) for role in roles]
    rows = [(key, label, slug) for key, label, slug in named if key in parts]
    if None in parts:
        rows.append((None, OTHER, None))  # type: ignore[arg-type]  # the row without a role
    return tuple(
        RoleFigures(
            label=label[:1].upper() + label[1:],
            slug=slug,
            figures=total(figures for _, figures in parts[key]),
            unmeasured=sum(figures.sent for group, figures in parts[key] if not group.is_personal),
        )
        for key, label, slug in rows
    )


def _links(session: Session, mailing_id: int) -> tuple[LinkFigures, ...]:
    summed = {
        number: (counted, machine)
        for number, counted, machine in session.execute(
            select(
                LinkFigure.link_number, func.sum(LinkFigure.counted), func.sum(LinkFigure.machine)
            )
            .where(LinkFigure.mailing_id == mailing_id)
            .group_by(LinkFigure.link_number)
        )
    }
    links = session.scalars(
        select(MailingLink).where(MailingLink.mailing_id == mailing_id).order_by(MailingLink.number)
    )
    return tuple(
        LinkFigures(link.number, link.label, link.address, *summed.get(link.number, (0, 0)))
        for link in links
    )


def _hours(session: Session, mailing_id: int) -> tuple[HourFigures, ...]:
    rows = session.scalars(
        select(HourFigure)
        .where(HourFigure.mailing_id == mailing_id)
        .order_by(HourFigure.hour)
        .limit(FIRST_HOURS * 4)
    )
    return tuple(HourFigures(row.hour, row.visits, row.downloads, row.machine) for row in rows)


def _folded(groups: Any) -> tuple[str, ...]:
    order = ("arm", "country", "tier", "language", "variant", "role")
    found = {dimension for group in groups for dimension in group.folded}
    return tuple(dimension for dimension in order if dimension in found)
