"""What a page says of a document that was taken back."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.text import LocalText
from outreach.results.models import Document, DocumentVersion, Result


@dataclass(frozen=True, slots=True)
class WithdrawnDocument:
    """A document that was taken back, and the page that leads on."""

    title: LocalText
    result_title: LocalText
    result_slug: str
    """Empty where the result's page is not open to the public."""


def withdrawn_document(session: Session, version_id: int) -> WithdrawnDocument | None:
    """Return what a page says of a version whose file is no longer offered."""
    row = session.execute(
        select(Document.title, Result)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Result, Result.id == Document.result_id)
        .where(DocumentVersion.id == version_id)
    ).first()
    if row is None:
        return None
    title, result = row
    is_open = result.published_at is not None and result.archived_at is None
    return WithdrawnDocument(title, result.title, result.slug if is_open else "")
