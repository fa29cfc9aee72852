"""Share links: short addresses by which a result is handed on, each counted as a channel."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class Channel(StrEnum):
    """Where a share link is handed on."""

    NEWSLETTER = "newsletter"
    SOCIAL = "social"
    EVENT = "event"
    PRINT = "print"
    WEBSITE = "website"
    OTHER = "other"


class ShareLink(Base):
    """A short address that leads to a result or document and is counted by itself, as a channel."""

    __tablename__ = "share_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """Empty where the link leads to the result's page."""
    channel: Mapped[Channel]
    label: Mapped[str] = mapped_column(String(120))
    """As its maker knows it: "Tilburg's newsletter, March"."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
