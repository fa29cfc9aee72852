"""Reads for other rooms: how much was asked and answered, and what the public may read."""

from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from outreach.delivery.models import TokenGroup
from outreach.questions.models import FaqEntry, Question, QuestionState
from outreach.web.markdown import render_markdown


@dataclass(frozen=True, slots=True)
class RoleCount:
    """Questions of one role; without one, of all who told none."""

    role_id: int | None
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """Questions of a project, result or mailing; spam is left out."""

    asked: int
    answered: int
    by_role: tuple[RoleCount, ...]


@dataclass(frozen=True, slots=True)
class FaqShown:
    """An FAQ entry as a public page shows it."""

    slug: str
    question: str
    answer: Markup


def counts(
    session: Session,
    *,
    project_id: int | None = None,
    result_id: int | None = None,
    mailing_id: int | None = None,
) -> QuestionCounts:
    """Return how many questions were asked and answered, also by role; conditions add up.

    Of one mailing they are counted under the role their letter was sent to, so that they stand
    beside the letters of that role; everywhere else under the role the asker told.
    """
    role = _letter_role() if mailing_id else Question.role_id
    query = (
        select(role, func.count(), func.count(Question.answered_at))
        .select_from(Question)
        .outerjoin(TokenGroup, _its_group())
        .where(Question.state != QuestionState.SPAM)
        .group_by(role)
        .order_by(role)
    )
    for column, wanted in (
        (Question.project_id, project_id),
        (Question.result_id, result_id),
        (Question.mailing_id, mailing_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    rows = tuple(RoleCount(*row) for row in session.execute(query))
    return QuestionCounts(sum(row.asked for row in rows), sum(row.answered for row in rows), rows)


def published_faq(
    session: Session,
    *,
    project_id: int,
    result_id: int | None = None,
    language: str,
    limit: int = 100,
) -> list[FaqShown]:
    """Return the public entries of a result with those of its project as a whole, in their order.

    Without `result_id` all of the project's. Words that are missing in `language` stand in another.
    """
    query = select(FaqEntry).where(
        FaqEntry.project_id == project_id, FaqEntry.published_at.is_not(None)
    )
    if result_id is not None:
        query = query.where(or_(FaqEntry.result_id == result_id, FaqEntry.result_id.is_(None)))
    general_last = case((FaqEntry.result_id.is_(None), 1), else_=0)
    entries = session.scalars(
        query.order_by(general_last, FaqEntry.result_id, FaqEntry.position, FaqEntry.id).limit(
            limit
        )
    )
    return [
        FaqShown(
            entry.slug, entry.question.pick(language), render_markdown(entry.answer.pick(language))
        )
        for entry in entries
    ]


def _letter_role() -> ColumnElement[int | None]:
    is_from_letter = TokenGroup.no.is_not(None)
    return case((is_from_letter, TokenGroup.role_id), else_=Question.role_id)


def _its_group() -> ColumnElement[bool]:
    return and_(TokenGroup.mailing_id == Question.mailing_id, TokenGroup.no == Question.group_no)
