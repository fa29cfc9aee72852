"""Reads of the staff inbox: every page takes the same few statements, however many questions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from outreach.accounts.models import User
from outreach.core.errors import NotFound
from outreach.mailings.models import Mailing
from outreach.questions.models import Direction, FaqEntry, Message, Question, QuestionState
from outreach.stakeholders.models import Role, Stakeholder
from outreach.web.pagination import PageRequest

WAITING_FOR_US = frozenset({QuestionState.NEW, QuestionState.OPEN})
"""States in which the oldest question comes first: it has waited longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which questions are wanted, among those within reach."""

    within: Collection[int] | None
    """The projects a user may see; None: everything, also questions of no project."""
    state: QuestionState | None = None
    project_id: int | None = None
    roles: tuple[str, ...] = ()
    """Slugs."""
    search: str = ""


def state_counts(session: Session, filters: Filters) -> Mapping[QuestionState, int]:
    """Return how many questions stand where, whatever state is chosen."""
    chosen = _conditions(replace(filters, state=None))
    rows = session.execute(
        select(Question.state, func.count()).where(*chosen).group_by(Question.state)
    )
    found = {state: count for state, count in rows}  # noqa: C416 - dict() of rows has no types
    return {state: found.get(state, 0) for state in QuestionState}


def question_lines(session: Session, filters: Filters, page: PageRequest) -> list[Question]:
    """Return one row more than a page, with all that a line shows."""
    is_ours = filters.state in WAITING_FOR_US
    order = [Question.created_at] if is_ours else [Question.updated_at.desc()]
    query = (
        select(Question)
        .where(*_conditions(filters))
        .options(
            joinedload(Question.role),
            joinedload(Question.project),
            joinedload(Question.result),
            joinedload(Question.assigned_to).options(lazyload(User.memberships)),
        )
        .order_by(*order, Question.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return list(session.scalars(query))


@lru_cache(256)
def new_count(within: frozenset[int] | None) -> Select[int]:
    """Say how to count the New questions of these projects (None: everywhere).

    The same statement for the same projects: every page of staff's counts.
    """
    wanted = Filters(within=within, state=QuestionState.NEW)
    return select(func.count(Question.id)).where(*_conditions(wanted))


def thread_of(
    session: Session, question_id: int, within: Collection[int] | None, *, whole: bool = True
) -> Question:
    """Return a question with all its page shows (`whole`), or for a change of it.

    Raises NotFound for one that is not there or not within reach: both look the same (S1).
    """
    query = select(Question).where(Question.id == question_id, _within(within))
    question = session.scalars(_with_thread(query) if whole else query).one_or_none()
    if question is None:
        raise NotFound
    return question


def _with_thread(query: Select[Question]) -> Select[Question]:
    return query.options(
        joinedload(Question.role),
        joinedload(Question.project),
        joinedload(Question.result),
        joinedload(Question.stakeholder),
        joinedload(Question.mailing).joinedload(Mailing.mailing_list),
        joinedload(Question.assigned_to),
        selectinload(Question.messages).joinedload(Message.letter),
    )


def namesake(session: Session, question: Question) -> Stakeholder | None:
    """Return the person we know by the address that was typed; nobody has shown that it is them."""
    if not question.email or question.stakeholder_id:
        return None
    return session.scalars(
        select(Stakeholder).where(Stakeholder.email == question.email)
    ).one_or_none()


def entries_from(session: Session, question_id: int) -> list[FaqEntry]:
    """Return the FAQ entries that were made from a question."""
    return list(
        session.scalars(
            select(FaqEntry).where(FaqEntry.from_question_id == question_id).order_by(FaqEntry.id)
        )
    )


def _within(project_ids: Collection[int] | None) -> ColumnElement[bool]:
    if project_ids is None:
        return ~false()
    return Question.project_id.in_(project_ids)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found = [_within(filters.within)]
    if filters.state:
        found.append(Question.state == filters.state)
    if filters.project_id is not None:
        found.append(Question.project_id == filters.project_id)
    if filters.roles:
        chosen = select(Role.id).where(Role.slug.in_(filters.roles))
        found.append(Question.role_id.in_(chosen))
    found.extend(_holds(word) for word in filters.search.split()[:8])
    return found


def _holds(word: str) -> ColumnElement[bool]:
    """Say whether a word stands in a question, or in what was asked or answered."""
    said = exists(
        select(Message.id).where(
            Message.question_id == Question.id,
            Message.direction != Direction.STEP,
            Message.body.icontains(word, autoescape=True),
        )
    )
    columns: tuple[Any, ...] = (
        Question.subject,
        Question.name,
        Question.email,
        Question.reference,
    )
    return or_(said, *(column.icontains(word, autoescape=True) for column in columns))
