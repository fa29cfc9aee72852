"""Signing up: what was typed into the form and waits for its letter to be answered."""

from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.projects.models import List
from outreach.stakeholders.models.people import Topic


class SignUpLink(Base):
    """A way to the form for one occasion, as a link or a QR code: a meeting, a page, a paper."""

    __tablename__ = "sign_up_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(20), unique=True)
    """The part of its address that nobody guesses."""
    label: Mapped[str] = mapped_column(String(200))
    """The occasion, as those who were there would name it; their source of consent."""
    list_id: Mapped[int] = mapped_column(ForeignKey("list.id"))
    roles: Mapped[list[str]] = mapped_column(default=list)
    """Slugs of the roles that are ticked beforehand."""
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200), default="")
    expires_at: Mapped[datetime]
    asked: Mapped[int] = mapped_column(default=0)
    """How many forms came in through it."""
    confirmed: Mapped[int] = mapped_column(default=0)

    its_list: Mapped[List] = relationship()
    topic: Mapped[Topic | None] = relationship()

    @property
    def source(self) -> str:
        """Where those who come by it come from, as the ledger keeps it."""
        return f"Sign-up link: {self.label}"

    @property
    def last_day(self) -> date:
        """The last day on which it leads to its own form."""
        return (self.expires_at - timedelta(seconds=1)).date()

    def is_open(self, now: datetime) -> bool:
        """Say whether it still leads to its own form."""
        return now < self.expires_at


ASKED_BY_US = "Asked by us whether to go on"
"""The source of a sign-up that answers a question of ours after years of silence."""


class SignUp(Base):
    """Somebody typed an address and asked for letters; until they confirm, nothing follows."""

    __tablename__ = "sign_up"
    __table_args__ = (Index("ix_sign_up_address", "fingerprint", "mailed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    fingerprint: Mapped[str] = mapped_column(String(64))
    list_ids: Mapped[list[int]]
    roles: Mapped[list[str]]
    """Slugs."""
    other_role: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[str] = mapped_column(String(5))
    wording_version: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(400))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("sign_up_link.id"))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    mailed_at: Mapped[datetime | None]
    """Empty where no letter went out: one had gone that day, or the address must not be mailed."""
    confirmed_at: Mapped[datetime | None]
    stakeholder_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    """Who it became; empty until it is confirmed."""
