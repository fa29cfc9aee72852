"""Segments: saved rules over people, always live."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class Segment(Base):
    """A rule that says who belongs; who does is asked anew each time."""

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    description: Mapped[str] = mapped_column(String(400), default="")
    rule: Mapped[dict[str, Any]]
    """As `segments.rules.Rule` writes it."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200), default="")
    """Who saved it last."""
    archived_at: Mapped[datetime | None]
    """Archived ones are offered no more; mailings that chose one keep it."""
