"""Who did what with a mailing: its log, its edits, what was overridden and approved."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class MailingLog(Base):
    """Who did what with a mailing, and when."""

    __tablename__ = "mailing_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    verb: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(1000), default="")


class MailingEdit(Base):
    """The content after one edit, so that edits can be undone and redone."""

    __tablename__ = "mailing_edit"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    block_id: Mapped[str] = mapped_column(String(40), default="")
    """The block it changed; empty when it changed which blocks there are, or their order."""
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class MailingOverride(Base):
    """Why somebody sends a mailing in spite of what pre-flight found."""

    __tablename__ = "mailing_override"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    """What was found, as `findings.Finding.code` names it."""
    reason: Mapped[str] = mapped_column(String(400))
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class MailingApproval(Base):
    """Who approved a variant, of the mailing as it was saved at `lock_version`."""

    __tablename__ = "mailing_approval"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    variant: Mapped[str] = mapped_column(String(60), primary_key=True)
    lock_version: Mapped[int]
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
