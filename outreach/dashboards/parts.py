"""A project's part of mailings that announce results of other projects as well.

Whom a letter reached is everybody's; what came by a block is its project's alone. So of a shared
mailing a project gets the letters as they are, and only the visits, downloads and questions that
came by the blocks, links and documents of its own results.
"""

from collections import defaultdict
from collections.abc import Collection
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from outreach.dashboards.figures import Figures
from outreach.mailings.models import Mailing, MailingLink, MailingResult
from outreach.projects.models import List
from outreach.questions.models import Question, QuestionState
from outreach.results.models import Document, Result
from outreach.tracking.counting import firsts_of, visits_of
from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.models import COUNTED, Hit, HitKind

Key = tuple[int, int]


def shared_mailings(
    session: Session, mailing_ids: Collection[int], project_id: int
) -> frozenset[int]:
    """Return those of some mailings that announce a result of another project too."""
    others = (
        select(MailingResult.mailing_id)
        .join(Result, Result.id == MailingResult.result_id)
        .where(MailingResult.mailing_id.in_(mailing_ids), Result.project_id != project_id)
    )
    return frozenset(session.scalars(others))


def own_counts(
    session: Session, mailing_ids: Collection[int], project_id: int
) -> dict[Key, Figures]:
    """Return by mailing and token group what came by a project's own parts of shared mailings.

    Opens and engagement are the whole letter's, so they are not told.
    """
    hits = session.execute(_own_hits(mailing_ids, project_id)).all()
    counts: dict[Key, Figures] = defaultdict(Figures)
    for (mailing_id, group_no, _), found in groupby(hits, key=lambda row: row[:3]):
        counts[mailing_id, group_no or 0] += _of_reader(list(found))
    for mailing_id, group_no, left_out in session.execute(_own_left_out(mailing_ids, project_id)):
        counts[mailing_id or 0, group_no or 0] += Figures(
            opened=None, engaged=None, machine=left_out
        )
    return dict(counts)


def own_questions(
    session: Session, mailing_ids: Collection[int], project_id: int
) -> dict[Key, Figures]:
    """Return by mailing and token group the questions about a project that came by mailings."""
    rows = session.execute(
        select(
            Question.mailing_id,
            Question.group_no,
            func.count(),
            func.count(Question.answered_at),
        )
        .where(
            Question.mailing_id.in_(mailing_ids),
            Question.project_id == project_id,
            Question.state != QuestionState.SPAM,
        )
        .group_by(Question.mailing_id, Question.group_no)
    )
    return {
        (mailing_id or 0, no or 0): Figures(asked=asked, answered=answered)
        for mailing_id, no, asked, answered in rows
    }


def _own_hits(mailing_ids: Collection[int], project_id: int) -> Select[*tuple[Any, ...]]:
    """Select the counted clicks and downloads of a project's parts, reader by reader, in time."""
    return (
        select(
            Hit.mailing_id,
            Hit.group_no,
            Hit.reader,
            Hit.at,
            Hit.kind,
            Hit.label,
            Hit.reason,
            Hit.is_repeat,
            Hit.is_letter,
        )
        .where(*_in_own_parts(mailing_ids, project_id), Hit.label.in_(COUNTED))
        .order_by(Hit.mailing_id, Hit.group_no, Hit.reader, Hit.at, Hit.id)
    )


def _own_left_out(
    mailing_ids: Collection[int], project_id: int
) -> Select[*tuple[int | None, int | None, int]]:
    """Count the clicks and downloads of a project's parts that machines made, by token group."""
    return (
        select(Hit.mailing_id, Hit.group_no, func.count())
        .where(*_in_own_parts(mailing_ids, project_id), Hit.label.not_in(COUNTED))
        .group_by(Hit.mailing_id, Hit.group_no)
    )


def _in_own_parts(mailing_ids: Collection[int], project_id: int) -> list[ColumnElement[bool]]:
    """Return what a click or a download of a project's parts fulfils.

    A link belongs to one result (of its block, or of what it leads to); a document loaded from a
    page, without a link, belongs to its own. Links that belong to no result are those of the list.
    """
    results = select(Result.id).where(Result.project_id == project_id)
    documents = select(Document.id).where(Document.result_id.in_(results))
    of_own_list = (
        select(List.id)
        .join(Mailing, Mailing.list_id == List.id)
        .where(Mailing.id == Hit.mailing_id, List.project_id == project_id)
        .exists()
    )
    by_link = (
        select(MailingLink.number)
        .where(MailingLink.mailing_id == Hit.mailing_id, MailingLink.number == Hit.link_number)
        .where(MailingLink.result_id.in_(results) | (MailingLink.result_id.is_(None) & of_own_list))
        .exists()
    )
    by_page = Hit.link_number.is_(None) & Hit.document_id.in_(documents)
    return [
        Hit.mailing_id.in_(mailing_ids),
        Hit.kind.in_((HitKind.CLICK, HitKind.DOWNLOAD)),
        by_link | by_page,
    ]


def _of_reader(rows: list[Row[Any]]) -> Figures:
    """Return what one reader's hits on own parts count."""
    judged = [
        (Fact(row.at, row.kind, "", ""), Judgement(row.label, row.reason, row.is_repeat))
        for row in rows
    ]
    is_letter = any(row.is_letter for row in rows)
    downloads = [fact for fact, judgement in judged if _is_download(fact, judgement)]
    return Figures(
        opened=None,
        engaged=None,
        clicked=int(is_letter and firsts_of(judged).click_at is not None),
        visits=len(visits_of(judged)),
        downloads=len(downloads),
    )


def _is_download(fact: Fact, judgement: Judgement) -> bool:
    return fact.kind is HitKind.DOWNLOAD and not judgement.is_repeat
