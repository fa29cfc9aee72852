"""Reads of results and documents that are more than a get."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.text import LocalText
from outreach.projects.models import Call, Partner, Project
from outreach.results.models import Document, DocumentVersion, Result
from outreach.results.versions import best_version
from outreach.results.words import about_label, format_label, kind_label, size_label
from outreach.web.filters import language_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTarget:
    """A document as a letter's call to action shows it; all labels in the letter's language."""

    title: str
    kind_label: str
    address: str
    """Of the file when it is ours, else where the document is; absolute, without any token."""
    page_address: str
    is_file: bool
    format: str = ""
    size: str = ""
    language: str = ""
    about_label: str = ""
    version: str = ""
    document_id: int
    version_id: int


def document_targets(
    session: Session, document_ids: Iterable[int], *, language: str, base_url: str
) -> dict[int, DocumentTarget]:
    """Return what letters in `language` say of documents; those without a version are left out.

    `base_url` is our own address without a slash at its end.
    """
    documents = session.scalars(
        select(Document)
        .where(Document.id.in_(set(document_ids)))
        .options(selectinload(Document.versions).joinedload(DocumentVersion.file))
    )
    found = ((document, best_version(document.versions, language)) for document in documents)
    return {
        document.id: _target(document, version, language, base_url)
        for document, version in found
        if version is not None
    }


def _target(
    document: Document, version: DocumentVersion, language: str, base_url: str
) -> DocumentTarget:
    page = f"{base_url}/documents/{document.slug}"
    file = version.file
    return DocumentTarget(
        title=document.title.pick(language),
        kind_label=kind_label(document.kind, language),
        address=version.address or f"{page}/{version.id}",
        page_address=page,
        is_file=file is not None,
        format=format_label(file.content_type) if file else "",
        size=size_label(file.size, language) if file else "",
        language=language_name(version.language, language),
        about_label=about_label(document.kind, language),
        version=version.label,
        document_id=document.id,
        version_id=version.id,
    )


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result in the staff's list."""

    id: int
    title: LocalText
    project_id: int
    project: str
    state: str
    files: int
    addresses: int
    languages: tuple[str, ...]

    @property
    def documents(self) -> int:
        """How many documents it shows."""
        return self.files + self.addresses


def result_lines(session: Session, project_ids: Collection[int] | None) -> list[ResultLine]:
    """Return the results of these projects (None: of all), by project, newest first."""
    query = (
        select(Result)
        .join(Result.project)
        .options(joinedload(Result.project), selectinload(Result.documents, Document.versions))
        .order_by(Project.acronym, Result.id.desc())
    )
    if project_ids is not None:
        query = query.where(Result.project_id.in_(project_ids))
    return [_line(result) for result in session.scalars(query)]


def _line(result: Result) -> ResultLine:
    shown = [document for document in result.documents if document.archived_at is None]
    files = sum(any(version.sha256 for version in document.versions) for document in shown)
    languages = {version.language for document in shown for version in document.versions}
    return ResultLine(
        result.id,
        result.title,
        result.project_id,
        result.project.acronym,
        result.state,
        files,
        len(shown) - files,
        tuple(sorted(languages)),
    )


def result_with_documents() -> Select[Result]:
    """Return the select of a result with all its page shows: documents, project, partners."""
    return select(Result).options(
        joinedload(Result.project).joinedload(Project.call).joinedload(Call.network),
        joinedload(Result.project).selectinload(Project.partners).joinedload(Partner.organisation),
        selectinload(Result.documents)
        .selectinload(Document.versions)
        .joinedload(DocumentVersion.file),
    )


def latest_published(session: Session, limit: int) -> list[Result]:
    """Return the results everybody may see that are not archived, newest first."""
    return list(
        session.scalars(
            select(Result)
            .where(Result.published_at.is_not(None), Result.archived_at.is_(None))
            .options(joinedload(Result.project))
            .order_by(Result.published_at.desc(), Result.id.desc())
            .limit(limit)
        )
    )


def public_version(session: Session, document_id: int, version_id: int) -> DocumentVersion | None:
    """Return a version of a document whose result is published; None for anything else."""
    return session.scalars(
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .join(Document.result)
        .where(
            DocumentVersion.id == version_id,
            Document.id == document_id,
            Result.published_at.is_not(None),
        )
        .options(joinedload(DocumentVersion.file))
    ).one_or_none()


def projects_to_choose(session: Session, project_ids: Collection[int] | None) -> Mapping[int, str]:
    """Return {id: acronym} of the projects in reach (None: all) that are not archived."""
    query = select(Project.id, Project.acronym).where(Project.archived_at.is_(None))
    if project_ids is not None:
        query = query.where(Project.id.in_(project_ids))
    return {row.id: row.acronym for row in session.execute(query.order_by(Project.acronym))}
