"""What lets somebody without an account look at a mailing, and what they said of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class ReviewLink(Base):
    """One person's way to read a mailing before it goes out; it ends by itself."""

    __tablename__ = "review_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(120))
    """Whom it was given to, as staff wrote it; their comments carry it."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    agreed_version: Mapped[int | None]
    """The mailing's `lock_version` when they agreed; any later change is not what they read."""

    def is_open(self, now: datetime) -> bool:
        """Say whether it still leads anywhere."""
        return self.revoked_at is None and now < self.expires_at


class ReviewComment(Base):
    """What somebody said of a block, or with no block of the letter as a whole."""

    __tablename__ = "review_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), index=True
    )
    link_id: Mapped[int] = mapped_column(
        ForeignKey("review_link.id", ondelete="CASCADE"), index=True
    )
    block_id: Mapped[str] = mapped_column(String(40), default="")
    variant: Mapped[str] = mapped_column(String(60), default="")
    """The key of the variant they had before them."""
    body: Mapped[str] = mapped_column(Text)
    """Plain text."""
    author: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(String(200), default="")
