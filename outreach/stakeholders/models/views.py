"""Filters of the list that somebody keeps under a name."""

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.accounts.models import User
from outreach.core.db import Base


class SavedView(Base):
    """A filter of the list, kept by one user for their own use."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    parameters: Mapped[dict[str, Any]]
    """As the address of the list has them: {"role": ["ngo"], "q": "ghent"}."""
