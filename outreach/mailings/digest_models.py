"""Digests: what is new of a list's projects, written into a mailing again and again."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.projects.models import List


class Rhythm(StrEnum):
    """How often an issue is due."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Digest(Base):
    """The digest of a list; off until staff switch it on."""

    __tablename__ = "digest"

    list_id: Mapped[int] = mapped_column(ForeignKey("list.id"), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False)
    rhythm: Mapped[Rhythm] = mapped_column(default=Rhythm.MONTHLY)
    day: Mapped[int] = mapped_column(default=1)
    """Of the week (0 = Monday) or of the month (1 to 28, which every month has)."""
    local_time: Mapped[str] = mapped_column(String(5), default="09:00")
    zone: Mapped[str] = mapped_column(String(50))
    is_automatic: Mapped[bool] = mapped_column(default=False)
    """Whether issues leave without anybody's approval."""
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime | None]
    """When the next issue is made; empty exactly while it is off."""
    covered_until: Mapped[datetime]
    """What was published since then is new to its readers."""
    last_mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"))
    updated_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))

    mailing_list: Mapped[List] = relationship()
