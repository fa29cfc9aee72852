"""What staff do with a question besides answering: note, give to somebody, close, reopen, sort out.

Every step leaves a line in the thread, so that colleagues see who did what.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.accounts.permissions import scope_of
from outreach.core.errors import Refusal
from outreach.questions.asking import checked
from outreach.questions.models import Direction, Message, Question, QuestionState
from outreach.questions.texts import LONGEST_BODY

ANSWER = "questions.answer"


def note(session: Session, question: Question, body: str, *, actor: str, now: datetime) -> Message:
    """Write something down for colleagues; the asker never sees it. Raises Refusal for no text."""
    message = Message(
        direction=Direction.NOTE, author=actor, body=checked(body, LONGEST_BODY), at=now
    )
    question.messages.append(message)
    question.updated_at = now
    return message


def assign(
    session: Session, question: Question, user_id: int | None, *, actor: str, now: datetime
) -> None:
    """Give a question to a user, or to nobody; a New one is Open from then on.

    Raises Refusal for somebody who may not answer questions of its project.
    """
    user = session.get(User, user_id) if user_id else None
    if user_id and (user is None or not may_answer(user, question.project_id)):
        raise Refusal(
            "That person cannot answer questions of this project.", "Choose somebody of the list."
        )
    if user and question.state is QuestionState.NEW:
        question.move_to(QuestionState.OPEN, now=now)
    question.assigned_to = user
    _step(question, f"Given to {user.shown_name}" if user else "Given to nobody", actor, now)


def may_answer(user: User, project_id: int | None) -> bool:
    """Say whether a user may answer questions of a project (None: of no single one)."""
    return user.active and scope_of(user.memberships, ANSWER).covers(project_id)


def close(session: Session, question: Question, *, actor: str, now: datetime) -> None:
    """End a question; raises Conflict for Spam or one that is closed already."""
    question.move_to(QuestionState.CLOSED, now=now)
    _step(question, "Closed", actor, now)


def reopen(session: Session, question: Question, *, actor: str, now: datetime) -> None:
    """Take a question up again, also one taken for Spam; raises Conflict when it is Open."""
    was_spam = question.state is QuestionState.SPAM
    question.move_to(QuestionState.OPEN, now=now)
    _step(question, "No spam: opened" if was_spam else "Opened", actor, now)


def mark_spam(session: Session, question: Question, *, actor: str, now: datetime) -> None:
    """Sort a question out: it is kept, but counted nowhere. Raises Conflict when it cannot be."""
    question.move_to(QuestionState.SPAM, now=now)
    _step(question, "Marked as spam", actor, now)


def _step(question: Question, what: str, actor: str, now: datetime) -> None:
    question.messages.append(Message(direction=Direction.STEP, author=actor, body=what, at=now))
    question.updated_at = now
