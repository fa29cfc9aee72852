"""Reads of what documents, links and hours brought."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from outreach.dashboards.figures import (
    OTHER,
    DocumentByRole,
    DocumentFigures,
    HourFigures,
    LinkFigures,
)
from outreach.delivery.models import TokenGroup
from outreach.mailings.models import MailingLink
from outreach.results.models import Document, DocumentKind, DocumentVersion, Result
from outreach.stakeholders.models import Role
from outreach.tracking.models import DocumentFigure, HourFigure, LinkFigure

FIRST_HOURS = 72
KIND_LABELS = {
    DocumentKind.POLICY_BRIEF: "Policy brief",
    DocumentKind.REPORT: "Report",
    DocumentKind.PAGE: "Page",
    DocumentKind.DATASET: "Dataset",
    DocumentKind.FAQ: "FAQ",
}


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


def documents_by_role(session: Session, mailing_id: int) -> tuple[DocumentByRole, ...]:
    """Return what each role got of each document of a mailing; rows without anything are left out.

    Letters whose role was folded, and hits no group can be named for, are "other roles".
    """
    downloads, followed = func.sum(DocumentFigure.downloads), func.sum(DocumentFigure.followed)
    machine = func.sum(DocumentFigure.machine)
    rows = session.execute(
        select(Document.title, Role, downloads, followed, machine)
        .select_from(DocumentFigure)
        .join(Document, Document.id == DocumentFigure.document_id)
        .outerjoin(
            TokenGroup,
            (TokenGroup.mailing_id == DocumentFigure.mailing_id)
            & (TokenGroup.no == DocumentFigure.group_no),
        )
        .outerjoin(Role, Role.id == TokenGroup.role_id)
        .where(DocumentFigure.mailing_id == mailing_id)
        .group_by(Document.id, Role.id)
        .having(downloads + followed + machine > 0)
        .order_by(Document.position, Document.id, Role.position.is_(None), Role.position)
    )
    return tuple(
        DocumentByRole(
            title.pick(),
            role_label(role) if role else OTHER,
            role.slug if role else None,
            *counts,
        )
        for title, role, *counts in rows
    )


def role_label(role: Role) -> str:
    """Return how tables name the people of a role: "Policy-makers", "NGOs"."""
    label = role.plural.pick() or role.name.pick()
    return label[:1].upper() + label[1:]


def link_figures(session: Session, mailing_id: int) -> tuple[LinkFigures, ...]:
    """Return the links of a mailing in the order of the letter."""
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


def hour_figures(session: Session, mailing_id: int) -> tuple[HourFigures, ...]:
    """Return the hours of a mailing in which something came."""
    rows = session.scalars(
        select(HourFigure)
        .where(HourFigure.mailing_id == mailing_id)
        .order_by(HourFigure.hour)
        .limit(FIRST_HOURS * 4)
    )
    return tuple(HourFigures(row.hour, row.visits, row.downloads, row.machine) for row in rows)
