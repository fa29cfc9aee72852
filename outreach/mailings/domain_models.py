"""What DNS said of the domains letters come from."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class DomainCheck(Base):
    """What came of asking DNS about a sender's domain; waiting while `checked_at` is empty."""

    __tablename__ = "domain_check"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    asked_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"faults": [[subject, message, remedy], …]}; {"away": true} when DNS gave no answer."""
