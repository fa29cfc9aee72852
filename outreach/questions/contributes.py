"""What the questions room contributes to earlier ones."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.accounts.permissions import scope_of
from outreach.core import clock
from outreach.core.contributions import (
    Contribution,
    Erasure,
    FaqOffer,
    MenuEntry,
    TimelineEntry,
)
from outreach.questions import erasing
from outreach.questions.engagements import ASKED
from outreach.questions.inbox import new_count
from outreach.questions.models import FaqEntry, Question, QuestionState

SEE = "questions.see"


def asked_by(session: Session, stakeholder_id: int, *, limit: int) -> Iterator[TimelineEntry]:
    """Give what a person asked, newest first."""
    questions = session.scalars(
        select(Question)
        .where(Question.stakeholder_id == stakeholder_id, Question.state != QuestionState.SPAM)
        .order_by(Question.created_at.desc(), Question.id.desc())
        .limit(limit)
    )
    for question in questions:
        yield TimelineEntry(
            at=question.created_at,
            title=f"Asked: {question.subject}",
            detail=question.state.label,
            icon="chat-bubble-left-right",
            url=f"/staff/questions/{question.id}",
        )


def erase(session: Session, stakeholder_id: int) -> None:
    """Forget a person's questions; raises nothing when there are none."""
    erasing.forget(session, stakeholder_id, now=clock.now())


def waiting(session: Session, user_id: int) -> Select[int] | None:
    """Say how to count the New questions within a user's reach; None without any reach."""
    user = session.get(User, user_id)
    reach = scope_of(user.memberships, SEE) if user else None
    if not reach:
        return None
    return new_count(None if reach.is_everywhere else reach.project_ids)


def published_faq(
    session: Session, project_ids: Iterable[int], *, language: str
) -> Iterator[FaqOffer]:
    """Give what letters about these projects may quote."""
    entries = session.scalars(
        select(FaqEntry)
        .where(FaqEntry.project_id.in_(list(project_ids)), FaqEntry.published_at.is_not(None))
        .order_by(FaqEntry.project_id, FaqEntry.result_id, FaqEntry.position, FaqEntry.id)
    )
    for entry in entries:
        yield FaqOffer(
            entry.slug,
            entry.question.pick(language),
            entry.answer.pick(language),
            entry.published_at,
        )


CONTRIBUTION = Contribution(
    faq=(published_faq,),
    engagements=(ASKED,),
    timeline=(asked_by,),
    erasures=(Erasure(erasing.TABLES, erase),),
    menu=(
        MenuEntry(
            label="Questions",
            endpoint="questions.inbox",
            icon="chat-bubble-left-right",
            verb=SEE,
            position=40,
            count=waiting,
        ),
    ),
)
