"""Reads of what came back: the same few statements for one mailing or for all of a project."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from outreach.core.errors import NotFound
from outreach.dashboards.breakdowns import breakdowns
from outreach.dashboards.figures import OTHER, Figures, MailingReport, RoleFigures, total
from outreach.dashboards.parts import own_counts, own_questions, shared_mailings
from outreach.dashboards.targets import (
    document_figures,
    documents_by_role,
    hour_figures,
    link_figures,
    role_label,
)
from outreach.delivery.figures import UNGROUPED
from outreach.delivery.grouping import FOLD_ORDER
from outreach.delivery.models import DeliveryFigure, Dispatch, TokenGroup
from outreach.mailings.models import Mailing, MailingResult
from outreach.projects.models import List
from outreach.questions.models import Question, QuestionState
from outreach.results.models import Result
from outreach.stakeholders.models import Role
from outreach.tracking.hit_list import reason_lines
from outreach.tracking.models import MACHINE_COLUMNS, GroupFigure

LETTERS_COUNTED = frozenset({"unlinked", "individual"})
"""Modes in which each letter counts once; shared tokens tell hits and visits only."""


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
        agreed=total(g.figures for g in groups if g.group is not None and g.group.is_personal),
        beside=total(line.figures for line in groups if line.group is None),
        documents=document_figures(session, [mailing_id]),
        documents_by_role=documents_by_role(session, mailing_id),
        links=link_figures(session, mailing_id),
        hours=hour_figures(session, mailing_id),
        breakdowns=breakdowns([(g.group, g.figures) for g in groups if g.group is not None]),
        reasons=tuple(reason_lines(session, [mailing_id])),
        folded=_folded(line.group for line in groups if line.group is not None),
    )


def rows_and_totals(
    session: Session, mailing_ids: Collection[int], *, project_id: int
) -> tuple[tuple[RoleFigures, ...], Figures]:
    """Return the rows by role of a project's mailings together, and their totals.

    Of mailings that announce results of other projects too, only the project's own part counts.
    """
    lines = _group_figures(session, mailing_ids, project_id=project_id)
    return _by_role(session, lines), total(line.figures for line in lines)


def totals(session: Session, mailing_ids: Collection[int]) -> Figures:
    """Return the totals of several mailings together."""
    return total(line.figures for line in _group_figures(session, mailing_ids))


def totals_by_mailing(session: Session, mailing_ids: Collection[int]) -> dict[int, Figures]:
    """Return the totals of each mailing, in as many statements as for one."""
    found: dict[int, list[Figures]] = {mailing_id: [] for mailing_id in mailing_ids}
    for line in _group_figures(session, mailing_ids):
        found[line.mailing_id].append(line.figures)
    return {mailing_id: total(parts) for mailing_id, parts in found.items()}


def project_mailings(session: Session, project_id: int) -> Sequence[Mailing]:
    """Return the mailings that announced a result of the project or went to its list."""
    return session.scalars(_begun([project_id]).order_by(Dispatch.fanned_out_at)).all()


def begun_mailings(
    session: Session, project_ids: Collection[int] | None, *, limit: int
) -> Sequence[Mailing]:
    """Return the mailings that have begun, newest first; None for those of all projects."""
    newest = _begun(project_ids).order_by(Dispatch.fanned_out_at.desc()).limit(limit)
    return session.scalars(newest).all()


def _begun(project_ids: Collection[int] | None) -> Select[Mailing]:
    begun = select(Mailing).join(Dispatch, Dispatch.mailing_id == Mailing.id)
    if project_ids is None:
        return begun
    announced = (
        select(MailingResult.mailing_id)
        .join(Result, Result.id == MailingResult.result_id)
        .where(Result.project_id.in_(project_ids))
    )
    own_list = select(List.id).where(List.project_id.in_(project_ids))
    return begun.where(Mailing.id.in_(announced) | Mailing.list_id.in_(own_list))


@dataclass(frozen=True)
class GroupLine:
    """One token group with its figures; `group` None gathers what no group can be named for."""

    mailing_id: int
    group: TokenGroup | None
    figures: Figures


def _group_figures(
    session: Session, mailing_ids: Collection[int], *, project_id: int | None = None
) -> list[GroupLine]:
    """Give each token group of mailings with its figures, as they are or as a project's part."""
    letters = _letters(session, mailing_ids)
    counted = _counted(session, mailing_ids)
    questions = _questions(session, mailing_ids)
    shared = shared_mailings(session, mailing_ids, project_id) if project_id else frozenset()
    if project_id and shared:
        counted = _without(counted, shared) | own_counts(session, shared, project_id)
        questions = _without(questions, shared) | own_questions(session, shared, project_id)
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
    lines: list[GroupLine] = []
    for group in groups:
        key = (group.mailing_id, group.no)
        figures = letters.pop(key, Figures()) + counted.pop(key, Figures())
        figures = figures + questions.pop(key, Figures())
        counted_as = _as_counted(group, figures, modes[group.mailing_id])
        lines.append(GroupLine(group.mailing_id, group, counted_as))
    rest = [*counted.items(), *questions.items()]
    return [*lines, *(GroupLine(mailing_id, None, found) for (mailing_id, _), found in rest)]


def _as_counted(group: TokenGroup, figures: Figures, mode: str) -> Figures:
    if not group.is_measured or mode == "off":
        return figures.uncounted()
    figures = replace(figures, measured=figures.sent)
    return figures if mode in LETTERS_COUNTED or group.is_personal else figures.by_visits()


Key = tuple[int, int]


def _without(figures: dict[Key, Figures], mailing_ids: Collection[int]) -> dict[Key, Figures]:
    return {key: found for key, found in figures.items() if key[0] not in mailing_ids}


def _letters(session: Session, mailing_ids: Collection[int]) -> dict[Key, Figures]:
    rows = session.scalars(select(DeliveryFigure).where(DeliveryFigure.mailing_id.in_(mailing_ids)))
    return {
        (row.mailing_id, row.group_no): Figures(
            recipients=row.letters,
            sent=row.accepted + row.bounced,
            refused=row.refused,
            bounced=row.bounced,
        )
        for row in rows
        if row.group_no != UNGROUPED
    }


def _counted(session: Session, mailing_ids: Collection[int]) -> dict[Key, Figures]:
    rows = session.scalars(select(GroupFigure).where(GroupFigure.mailing_id.in_(mailing_ids)))
    return {
        (row.mailing_id, row.group_no): Figures(
            opened=row.opened,
            clicked=row.clicked,
            engaged=row.engaged,
            visits=row.visits,
            downloads=row.downloads,
            # A full disk costs a hit: of a leaving that was not kept, coming back may be.
            unsubscribed=max(0, row.unsubscribes - row.returns),
            complained=row.complaints,
            web_views=row.web_views,
            machine=sum(getattr(row, column) for column in MACHINE_COLUMNS),
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


def _by_role(session: Session, groups: list[GroupLine]) -> tuple[RoleFigures, ...]:
    parts: dict[int | None, list[tuple[TokenGroup, Figures]]] = {}
    for line in groups:
        if line.group is not None:
            parts.setdefault(line.group.role_id, []).append((line.group, line.figures))
    roles = session.scalars(select(Role).order_by(Role.position)).all()
    named = [(role.id, role_label(role), role.slug) for role in roles]
    rows = [(key, label, slug) for key, label, slug in named if key in parts]
    if None in parts:
        rows.append((None, OTHER, None))  # type: ignore[arg-type]  # the row without a role
    return tuple(
        RoleFigures(
            label=label,
            slug=slug,
            figures=total(figures for _, figures in parts[key]),
            unmeasured=sum(figures.sent for group, figures in parts[key] if not group.is_personal),
        )
        for key, label, slug in rows
    )


def _folded(groups: Any) -> tuple[str, ...]:
    found = {dimension for group in groups for dimension in group.folded}
    return tuple(dimension for dimension in FOLD_ORDER if dimension in found)
