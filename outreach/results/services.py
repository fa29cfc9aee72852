"""What staff do with results and documents. Services take checked words and stored files."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.core.text import LocalText
from outreach.projects import checks
from outreach.projects.addresses import move_address, new_slug
from outreach.results.models import Document, DocumentKind, DocumentVersion, Result, StoredFile
from outreach.results.storage import Stored
from outreach.results.uploads import safe_filename


@dataclass(frozen=True, kw_only=True)
class ResultWords:
    """What staff say of a result; an empty slug leaves the address alone (or makes one)."""

    title: LocalText
    summary: LocalText = field(default_factory=LocalText)
    slug: str = ""


@dataclass(frozen=True, kw_only=True)
class DocumentWords:
    """What staff say of a document; an empty slug leaves the address alone (or makes one)."""

    kind: DocumentKind
    title: LocalText
    summary: LocalText = field(default_factory=LocalText)
    doi: str = ""
    slug: str = ""


@dataclass(frozen=True, kw_only=True)
class NewVersion:
    """An edition to add: a stored file with the name it came under, or an https address."""

    label: str
    language: str
    stored: Stored | None = None
    filename: str = ""
    address: str = ""


def add_result(session: Session, project_id: int, words: ResultWords, *, now: datetime) -> Result:
    """Add a result that only staff see; raises Refusal without a title."""
    title = _titled(words.title)
    result = Result(
        project_id=project_id,
        slug=new_slug(session, Result, words.slug or title.pick()),
        title=title,
        summary=words.summary,
        created_at=now,
        updated_at=now,
    )
    session.add(result)
    # Its id names its address and its documents.
    session.flush()
    return result


def edit_result(session: Session, result: Result, words: ResultWords, *, now: datetime) -> None:
    """Change a result's words; raises Conflict when its new address is taken."""
    result.title, result.summary, result.updated_at = _titled(words.title), words.summary, now
    if words.slug:
        move_address(session, result, words.slug)


def publish_result(session: Session, result: Result, *, now: datetime) -> None:
    """Show a result and its documents to everybody; publishing twice keeps the first moment."""
    if result.archived_at is not None:
        raise Conflict("This result is archived.", "Restore it before you publish it.")
    result.published_at, result.updated_at = result.published_at or now, now


def unpublish_result(session: Session, result: Result, *, now: datetime) -> None:
    """Take a result and its documents off the public pages, also those linked from letters."""
    result.published_at, result.updated_at = None, now


def archive(session: Session, thing: Result | Document, *, now: datetime) -> None:
    """Take a result or document out of every list; letters that were sent still lead to it."""
    thing.archived_at, thing.updated_at = thing.archived_at or now, now


def restore(session: Session, thing: Result | Document, *, now: datetime) -> None:
    """Put an archived result or document back among the others."""
    thing.archived_at, thing.updated_at = None, now


def add_document(
    session: Session, result: Result, words: DocumentWords, version: NewVersion, *, now: datetime
) -> Document:
    """Add a document with its first version, after the result's others."""
    title = _titled(words.title)
    document = Document(
        result_id=result.id,
        slug=new_slug(session, Document, words.slug or title.pick()),
        kind=words.kind,
        title=title,
        summary=words.summary,
        doi=checks.doi(words.doi),
        position=_next_position(session, result),
        created_at=now,
        updated_at=now,
    )
    session.add(document)
    # Versions refer to its id.
    session.flush()
    add_version(session, document, version, now=now)
    result.updated_at = now
    return document


def edit_document(
    session: Session, document: Document, words: DocumentWords, *, now: datetime
) -> None:
    """Change a document's words; raises Conflict when its new address is taken."""
    document.kind, document.title = words.kind, _titled(words.title)
    document.summary, document.doi = words.summary, checks.doi(words.doi)
    document.updated_at = now
    if words.slug:
        move_address(session, document, words.slug)


def add_version(
    session: Session, document: Document, version: NewVersion, *, now: datetime
) -> DocumentVersion:
    """Add a version; readers of its language get it from now on, sent letters keep theirs.

    Raises Conflict when that label exists in that language, Refusal for a version that is neither
    or both, a file and an address.
    """
    label = checks.one_line(version.label)
    _refuse_a_second(session, document, label, version.language)
    address = checks.https_address(version.address) or None
    if (version.stored is None) == (address is None):
        raise Refusal("Give a file or an address, one of the two.")
    added = DocumentVersion(
        document_id=document.id,
        label=label,
        language=version.language,
        sha256=_keep_row(session, version.stored, now=now) if version.stored else None,
        filename=safe_filename(version.filename) if version.stored else "",
        address=address,
        pages=version.stored.pages if version.stored else None,
        created_at=now,
    )
    document.versions.append(added)
    document.updated_at = now
    # The caller leads to it by its id.
    session.flush()
    return added


def move_document(session: Session, document: Document, *, up: bool, now: datetime) -> None:
    """Change places with the document before (or after) it; at the end it stays where it is.

    Raises Conflict for an archived document, which has no place.
    """
    places = sorted(document.result.documents, key=lambda other: (other.position, other.id))
    shown = [other for other in places if other.archived_at is None]
    if document not in shown:
        raise Conflict("This document is archived.", "Restore it before you move it.")
    here = shown.index(document)
    there = max(0, here - 1) if up else min(len(shown) - 1, here + 1)
    shown.insert(there, shown.pop(here))
    for position, other in enumerate(shown, start=1):
        other.position = position
    document.result.updated_at = now


def _titled(title: LocalText) -> LocalText:
    if not title:
        raise Refusal("Give a title, in one language at least.")
    return title


def _next_position(session: Session, result: Result) -> int:
    last = select(func.max(Document.position)).where(Document.result_id == result.id)
    return (session.scalar(last) or 0) + 1


def _refuse_a_second(session: Session, document: Document, label: str, language: str) -> None:
    if not label:
        raise Refusal("Name the version, for example 1.0 or 2026-11.")
    same = select(DocumentVersion.id).where(
        DocumentVersion.document_id == document.id,
        DocumentVersion.label == label,
        DocumentVersion.language == language,
    )
    if session.scalar(same) is not None:
        raise Conflict(
            f"There is a version {label} in this language already.", "Name this one differently."
        )


def _keep_row(session: Session, stored: Stored, *, now: datetime) -> str:
    if session.get(StoredFile, stored.sha256) is None:
        session.add(
            StoredFile(
                sha256=stored.sha256,
                size=stored.size,
                content_type=stored.content_type,
                created_at=now,
            )
        )
        # The version's foreign key asks for the row.
        session.flush()
    return stored.sha256
