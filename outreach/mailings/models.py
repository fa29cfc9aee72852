"""A mailing, its frozen revisions, and the numbered links and pictures of its letters."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.core.errors import Conflict
from outreach.core.slugs import SLUG_LENGTH
from outreach.projects.models import List
from outreach.results.models import Result


class MailingState(StrEnum):
    """Where a mailing stands; `MOVES` says what may follow what."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """The state as the screen writes it."""
        return self.value.replace("_", " ").capitalize()


_S = MailingState
MOVES: dict[MailingState, frozenset[MailingState]] = {
    _S.DRAFT: frozenset({_S.IN_REVIEW, _S.SCHEDULED}),
    _S.IN_REVIEW: frozenset({_S.DRAFT, _S.SCHEDULED}),
    _S.SCHEDULED: frozenset({_S.DRAFT, _S.SENDING, _S.CANCELLED, _S.PAUSED}),
    _S.SENDING: frozenset({_S.PAUSED, _S.SENT, _S.CANCELLED, _S.FAILED}),
    _S.PAUSED: frozenset({_S.SENDING, _S.SCHEDULED, _S.CANCELLED}),
    # Once more, to those who did not get it.
    _S.SENT: frozenset({_S.SENDING}),
    _S.CANCELLED: frozenset(),
    _S.FAILED: frozenset({_S.SENDING, _S.CANCELLED}),
}


class LinkKind(StrEnum):
    """What following a link of a letter means."""

    CLICK = "click"
    DOWNLOAD = "download"


class Mailing(Base):
    """One edition of project results, addressed to stakeholders by role."""

    __tablename__ = "mailing"
    __table_args__ = (
        Index("ix_mailing_due", "state", "due_at"),
        # A promise needs its moment: nothing can be scheduled for no time at all.
        CheckConstraint("state <> 'scheduled' OR due_at IS NOT NULL", name="scheduled_has_a_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("list.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    """The name staff know it by; readers see the subject."""
    subject: Mapped[str] = mapped_column(String(250), default="")
    preheader: Mapped[str] = mapped_column(String(250), default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    state: Mapped[MailingState] = mapped_column(default=MailingState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(400), default="")
    """Why it is paused or failed, and what to do."""
    next_try_at: Mapped[datetime | None]
    """When it goes on by itself while something keeps it; empty where a person has to resume it."""
    probes: Mapped[int] = mapped_column(default=0)
    """How often in a row it has gone on by itself after a pause, and no letter passed since."""
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The blocks as `mailings.blocks.Content` writes them."""
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The choice of roles, levels and countries as `mailings.audience.Audience` writes it."""
    subject_test: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The subject lines to try first, as `mailings.subject_test.SubjectTest` writes it; empty
    without a test."""
    chosen_line: Mapped[str] = mapped_column(String(10), default="")
    """The line of its subject test that everybody else got, and that the archive shows; empty
    until one was chosen."""
    lock_version: Mapped[int] = mapped_column(default=1)
    """Counts up with every save, so that two people editing notice each other."""
    due_at: Mapped[datetime | None]
    """When it goes out (UTC); empty exactly while nothing is promised."""
    due_local: Mapped[str] = mapped_column(String(16), default="")
    """The wall time that was chosen, "2026-12-01 09:00"; kept for the day a zone's rules change."""
    due_zone: Mapped[str] = mapped_column(String(50), default="")
    is_local_time: Mapped[bool] = mapped_column(default=False)
    """Whether each reader gets it at `due_local` where they are; `due_at` is then the first of
    these moments."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    web_key: Mapped[str] = mapped_column(String(32), unique=True)
    """The unguessable part of its web version's address while it is not published."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revision_id: Mapped[int | None]
    """The frozen content that is or was sent; empty while a draft. Not a foreign key: revisions
    point here already, and two tables pointing at each other cannot be made in one go on SQLite."""
    archived_at: Mapped[datetime | None]
    edit_position: Mapped[int] = mapped_column(default=0)
    """Where in its edits the content stands; later ones were undone and can be redone."""
    confirmed_recipients: Mapped[int | None]
    """How many would have got it when its moment was confirmed; empty while nothing is promised."""
    confirmed_roles: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The same by reporting role (its id; "" for none): as many others are a change, too."""
    published_at: Mapped[datetime | None]
    """Since when everybody finds it in the archive; empty until staff publish it."""
    published_variant: Mapped[str] = mapped_column(String(60), default="")
    """The variant the archive shows; empty for the one everybody else gets."""
    published_languages: Mapped[list[str]] = mapped_column(default=list)
    """The languages the archive shows it in; empty for all."""

    mailing_list: Mapped[List] = relationship()
    results: Mapped[list[Result]] = relationship(
        secondary="mailing_result", order_by="MailingResult.position"
    )
    revision: Mapped["MailingRevision | None"] = relationship(
        primaryjoin="foreign(Mailing.revision_id) == MailingRevision.id", viewonly=True
    )

    def move_to(self, state: MailingState, *, now: datetime, reason: str = "") -> None:
        """Enter `state`; raises Conflict when it cannot follow the present one."""
        if state not in MOVES[self.state]:
            raise Conflict(
                f"This mailing is {self.state.label.lower()}; it cannot become "
                f"{state.label.lower()} from there.",
                "Look at the mailing again to see where it stands.",
            )
        self.state, self.state_reason, self.updated_at = state, reason, now
        self.next_try_at = None

    @property
    def is_editable(self) -> bool:
        """Whether its words may still be changed."""
        return self.state in {MailingState.DRAFT, MailingState.IN_REVIEW}


class ConfirmedAudience(Base):
    """Whom a mailing was confirmed for, so that others in their place are noticed.

    It is deleted with the promise, and when the mailing begins.
    """

    __tablename__ = "confirmed_audience"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    every: Mapped[int]
    """Of how many people one is kept; 1 for all of them."""
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    """What stands for each of them (`mailings.confirming`), four bytes each, ascending."""


class MailingResult(Base):
    """A result that a mailing announces."""

    __tablename__ = "mailing_result"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)


class MailingRevision(Base):
    """What was frozen when the mailing was scheduled; never changed afterwards."""

    __tablename__ = "mailing_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    letter: Mapped[dict[str, Any]]
    """Everything a letter is compiled from (`mailings.freezing.FrozenLetter`): words, resolved
    targets, list, sender, addresses. Compiling it again gives the same bytes."""


class MailingLink(Base):
    """A numbered link of a mailing's letters, where tracking addresses lead (S7)."""

    __tablename__ = "mailing_link"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind]
    address: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(String(300))
    block_id: Mapped[str] = mapped_column(String(40), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("document_version.id"))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    """The result its block belongs to, else that of what it leads to; empty where neither says."""


class LinkCheck(Base):
    """What came of following a link of a mailing; waiting while `checked_at` is empty."""

    __tablename__ = "link_check"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the address, which is too long for a key."""
    address: Mapped[str] = mapped_column(Text)
    is_dead: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class DocumentCover(Base):
    """The picture of a PDF's first page, for cards in letters."""

    __tablename__ = "document_cover"

    file_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    picture_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
