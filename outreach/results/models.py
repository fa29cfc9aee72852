"""Results and their documents: a file of ours or an address elsewhere, in versions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base, BigKey
from outreach.core.slugs import SLUG_LENGTH
from outreach.core.text import LocalText, LocalTextType
from outreach.projects.models import Project


class DocumentKind(StrEnum):
    """What a document is to its reader."""

    POLICY_BRIEF = "policy_brief"
    REPORT = "report"
    PAGE = "page"
    DATASET = "dataset"
    FAQ = "faq"


class Result(Base):
    """What a project found, told for people who can act on it."""

    __tablename__ = "result"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    title: Mapped[LocalText] = mapped_column(LocalTextType)
    summary: Mapped[LocalText] = mapped_column(LocalTextType, default=LocalText)
    """Markdown."""
    published_at: Mapped[datetime | None]
    """Empty while only staff can see it."""
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    documents: Mapped[list["Document"]] = relationship(
        back_populates="result", order_by="Document.position, Document.id"
    )

    @property
    def state(self) -> str:
        """Where it stands, as the screen writes it."""
        if self.archived_at is not None:
            return "Archived"
        return "Draft" if self.published_at is None else "Published"


class StoredFile(Base):
    """A file kept under its own SHA-256; the same bytes are stored once."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigKey)
    content_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class Document(Base):
    """A policy brief, report, page, dataset or FAQ link of a result."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    kind: Mapped[DocumentKind]
    title: Mapped[LocalText] = mapped_column(LocalTextType)
    summary: Mapped[LocalText] = mapped_column(LocalTextType, default=LocalText)
    doi: Mapped[str] = mapped_column(String(200), default="")
    """Without the resolver: 10.5281/zenodo.1234."""
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    result: Mapped[Result] = relationship(back_populates="documents")
    versions: Mapped[list["DocumentVersion"]] = relationship(
        back_populates="document", order_by="DocumentVersion.id"
    )


class DocumentVersion(Base):
    """One edition of a document in one language; what was ever sent stays reachable."""

    __tablename__ = "document_version"
    __table_args__ = (
        # A version is a file of ours or an address elsewhere; "followed to" is no download.
        CheckConstraint("(sha256 IS NULL) <> (address IS NULL)", name="is_file_or_address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    label: Mapped[str] = mapped_column(String(40))
    """The version as people name it: "1.0", "2026-11"."""
    language: Mapped[str] = mapped_column(String(5))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    filename: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str | None] = mapped_column(String(2000))
    pages: Mapped[int | None]
    created_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="versions")
    file: Mapped[StoredFile | None] = relationship()


class Picture(Base):
    """A picture staff uploaded for letters: resized, without EXIF."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    filename: Mapped[str] = mapped_column(String(200))
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]

    file: Mapped[StoredFile] = relationship()
