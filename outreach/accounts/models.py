"""Users and their memberships; `permissions` says what each access level may do."""

from datetime import datetime
from enum import StrEnum

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base, BigKey
from outreach.projects.models import Project

_PROGRAMS = (
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""In this order: most browsers also claim to be those further down."""
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
UNKNOWN_BROWSER = "A browser"


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
    totp_secret: Mapped[str | None] = mapped_column(String(500))
    """What the authenticator app was given, encrypted; empty while one step is enough."""
    totp_counter: Mapped[int | None] = mapped_column(BigKey)
    """The time step of the last code used: no code works twice."""
    recovery_hashes: Mapped[list[str]] = mapped_column(default=list)
    """SHA-256 of the codes that stand in for a lost phone; each works once."""

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


class SignIn(Base):
    """One stay of a user: from signing in to signing out, on one browser.

    The cookie alone could be copied and used again after signing out; this row cannot.
    """

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the random key in the cookie; whoever reads the table cannot sign in with it."""
    agent: Mapped[str] = mapped_column(String(200), default="")
    """The browser as a user knows it, "Firefox on Linux"; what it calls itself is not kept."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When the user signed out; empty while the stay lasts."""

    user: Mapped[User] = relationship()

    @property
    def browser(self) -> str:
        """What the user knows the browser as."""
        return self.agent or UNKNOWN_BROWSER


def browser_of(user_agent: str) -> str:
    """Return what a user knows a browser as: "Firefox on Linux"."""
    program = next((name for mark, name in _PROGRAMS if mark in user_agent), UNKNOWN_BROWSER)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{program} on {system}" if system else program
