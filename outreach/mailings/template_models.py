"""Letters kept to begin others with."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.projects.models import Network, Project


class LetterTemplate(Base):
    """The words and blocks of a mailing, kept for the next ones of a network or a project."""

    __tablename__ = "letter_template"
    __table_args__ = (
        CheckConstraint("(network_id IS NULL) <> (project_id IS NULL)", name="has_one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(250), default="")
    preheader: Mapped[str] = mapped_column(String(250), default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The blocks as `mailings.blocks.Content` writes them."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))

    network: Mapped[Network | None] = relationship()
    project: Mapped[Project | None] = relationship()

    @property
    def owner_name(self) -> str:
        """Whose template it is."""
        return (
            self.project.acronym if self.project else str(self.network.name if self.network else "")
        )
