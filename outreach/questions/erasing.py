"""Forgetting a person who asked: that somebody in that role asked stays, all words go.

Answers and notes go too: they were written to and about the person, and often name them.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from outreach.mail.models import OutboxLetter
from outreach.questions.models import Direction, Message, Question, QuestionState
from outreach.stakeholders.models import Stakeholder

TABLES = ("question",)
"""Tables of this room that hold a person's id."""
_OPEN = (QuestionState.NEW, QuestionState.OPEN, QuestionState.WAITING)


def forget(session: Session, stakeholder_id: int, *, now: datetime) -> None:
    """Empty the identity and the words of a person's questions, and the letters about them.

    Also of those asked under the person's address without being tied to them; what was still open
    is closed, for nobody can be answered any more.
    """
    ids = select(Question.id).where(_are_theirs(session, stakeholder_id))
    found = list(session.scalars(ids))
    session.execute(
        delete(OutboxLetter).where(
            OutboxLetter.subject_type == "question", OutboxLetter.subject_id.in_(found)
        )
    )
    session.execute(
        update(Message)
        .where(Message.question_id.in_(found), Message.direction != Direction.STEP)
        .values(body="")
    )
    session.execute(
        update(Message)
        .where(Message.question_id.in_(found), Message.direction == Direction.IN)
        .values(author="")
    )
    session.execute(
        update(Question)
        .where(Question.id.in_(found), Question.state.in_(_OPEN))
        .values(state=QuestionState.CLOSED, updated_at=now)
    )
    session.execute(
        update(Question)
        .where(Question.id.in_(found))
        .values(
            stakeholder_id=None, number=None, name="", email="", subject="", form_key=None,
            acknowledged_at=None,
        )
    )  # fmt: skip


def _are_theirs(session: Session, stakeholder_id: int) -> ColumnElement[bool]:
    email = session.scalar(select(Stakeholder.email).where(Stakeholder.id == stakeholder_id))
    tied = Question.stakeholder_id == stakeholder_id
    return or_(tied, Question.email == email) if email else tied
