"""Question threads, their messages, and FAQ entries."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.accounts.models import User
from outreach.core.db import Base
from outreach.core.errors import Conflict
from outreach.core.slugs import SLUG_LENGTH
from outreach.core.text import LocalText, LocalTextType
from outreach.mail.models import OutboxLetter
from outreach.mailings.models import Mailing
from outreach.projects.models import Project
from outreach.results.models import Result
from outreach.stakeholders.models import Role, Stakeholder


class QuestionState(StrEnum):
    """Where a question stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    """Answered; the asker has the word."""
    CLOSED = "closed"
    SPAM = "spam"

    @property
    def label(self) -> str:
        """The state as the screen writes it."""
        return self.value.capitalize()


_S = QuestionState
MOVES: dict[QuestionState, frozenset[QuestionState]] = {
    _S.NEW: frozenset({_S.OPEN, _S.WAITING, _S.CLOSED, _S.SPAM}),
    _S.OPEN: frozenset({_S.WAITING, _S.CLOSED, _S.SPAM}),
    _S.WAITING: frozenset({_S.OPEN, _S.CLOSED, _S.SPAM, _S.WAITING}),
    _S.CLOSED: frozenset({_S.OPEN, _S.WAITING}),
    _S.SPAM: frozenset({_S.OPEN}),
}


class QuestionSource(StrEnum):
    """How a question reached us."""

    FORM = "form"
    MAIL = "mail"
    PHONE = "phone"
    IN_PERSON = "in_person"

    @property
    def label(self) -> str:
        """The way it came as the screen writes it."""
        return _SOURCES[self]


_SOURCES = {
    QuestionSource.FORM: "Form",
    QuestionSource.MAIL: "Mail",
    QuestionSource.PHONE: "Phone",
    QuestionSource.IN_PERSON: "In person",
}


class Question(Base):
    """A thread between somebody who asks and the staff who answer."""

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_state", "state", "created_at"),
        Index("ix_question_mailing", "mailing_id", "group_no"),
        # Read before each acknowledgement and at every erasure.
        Index("ix_question_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    """What people quote: unguessable, says nothing about how many there are."""
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Digest of the form's key and what was asked; the same form sent twice is one question."""
    state: Mapped[QuestionState] = mapped_column(default=QuestionState.NEW)
    source: Mapped[QuestionSource]
    subject: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    """Where the answer goes; empty when the asker left none."""
    language: Mapped[str] = mapped_column(String(5), default="en")
    stakeholder_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id"))
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"))
    group_no: Mapped[int | None]
    number: Mapped[int | None]
    """The delivery it came from, only with the person's consent."""
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """The first answer that went out."""
    acknowledged_at: Mapped[datetime | None]
    """When the asker was told that it arrived; counted, so that nobody can be bombed with it."""
    updated_at: Mapped[datetime]

    stakeholder: Mapped[Stakeholder | None] = relationship()
    project: Mapped[Project | None] = relationship()
    result: Mapped[Result | None] = relationship()
    role: Mapped[Role | None] = relationship()
    mailing: Mapped[Mailing | None] = relationship()
    assigned_to: Mapped[User | None] = relationship()
    messages: Mapped[list["Message"]] = relationship(
        back_populates="question", order_by="Message.id", cascade="all, delete-orphan"
    )

    def move_to(self, state: QuestionState, *, now: datetime) -> None:
        """Enter `state`; raises Conflict when it cannot follow the present one."""
        if state not in MOVES[self.state]:
            raise Conflict(
                f"This question is {self.state.value}; it cannot become {state.value} from there.",
                "Look at the question again to see where it stands.",
            )
        self.state, self.updated_at = state, now


class Direction(StrEnum):
    """Which way a message of a thread went."""

    IN = "in"
    OUT = "out"
    NOTE = "note"
    STEP = "step"
    """What staff did with the question: closed it, gave it to somebody."""


class Message(Base):
    """One message of a thread: asked, answered, or noted by staff for staff."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    direction: Mapped[Direction]
    author: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    """Plain text."""
    at: Mapped[datetime]
    outbox_letter_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_letter.id", ondelete="SET NULL"), index=True
    )
    """The letter that carried an answer; its state says whether the server took it."""

    question: Mapped[Question] = relationship(back_populates="messages")
    letter: Mapped[OutboxLetter | None] = relationship()


class FaqEntry(Base):
    """A question made public, with its answer, on the page of a project or result."""

    __tablename__ = "faq_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    question: Mapped[LocalText] = mapped_column(LocalTextType)
    answer: Mapped[LocalText] = mapped_column(LocalTextType)
    """Markdown."""
    from_question_id: Mapped[int | None] = mapped_column(
        ForeignKey("question.id", ondelete="SET NULL")
    )
    position: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    result: Mapped[Result | None] = relationship()
