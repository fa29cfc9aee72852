"""Users and their memberships; `permissions` says what each access level may do."""

from datetime import datetime
from enum import StrEnum

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.projects.models import Project


class Access(StrEnum):
    """What a user is here for (never called a role: that is a stakeholder's word)."""

    ADMINISTRATOR = "administrator"
    EDITOR = "editor"
    SENDER = "sender"
    INBOX = "inbox"
    ANALYST = "analyst"
    PARTNER = "partner"


class User(Base, UserMixin):
    """Somebody who signs in: comms staff, an administrator, a partner."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    """Changes with every password change or lock, which ends all sessions of the user."""
    zone: Mapped[str] = mapped_column(String(50), default="Europe/Brussels")
    """IANA time zone in which the user reads and chooses times."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # never assigned here
        """Flask-Security's own roles, which we do not use: memberships open the doors."""
        return []

    @property
    def shown_name(self) -> str:
        """The name others see; the address until one is given."""
        return self.name or self.email


class Membership(Base):
    """One access level of a user, in one project or (project empty) in all of them."""

    __tablename__ = "membership"
    __table_args__ = (
        # The same access twice would have to be taken away twice.
        Index("uq_membership", "user_id", "access", "project_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    access: Mapped[Access]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))

    user: Mapped[User] = relationship(back_populates="memberships")
    project: Mapped[Project | None] = relationship()
