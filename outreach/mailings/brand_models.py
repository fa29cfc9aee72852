"""Brands: how the letters of a network or a project look."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base


class Brand(Base):
    """How letters of a network or a project look; a project's goes before its network's."""

    __tablename__ = "brand"
    __table_args__ = (
        CheckConstraint("(network_id IS NULL) <> (project_id IS NULL)", name="has_one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int | None] = mapped_column(
        ForeignKey("network.id"), index=True, unique=True
    )
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey("project.id"), index=True, unique=True
    )
    accent: Mapped[str] = mapped_column(String(7), default="")
    """#rrggbb; empty for our own petrol."""
    font: Mapped[str] = mapped_column(String(10), default="serif")
    """Of headlines: a key of `rendering.fonts.FONTS`, out of fonts people have."""
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    imprint: Mapped[str] = mapped_column(String(400), default="")
    """A line below the postal address: who is responsible."""
