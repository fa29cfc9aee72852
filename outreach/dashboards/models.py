"""Published snapshots: what partners, funders and the public see, protected once and stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.projects.models import Project


class Snapshot(Base):
    """A project's tables at one moment, with every hidden cell already hidden.

    Screen, CSV, XLSX, PDF and API serve these very tables; nothing is computed for partners live.
    """

    __tablename__ = "snapshot"
    __table_args__ = (Index("ix_snapshot_project", "project_id", "published_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(200))
    tables: Mapped[dict[str, Any]]

    project: Mapped[Project] = relationship()
