"""Covers of documents: the first page of a PDF as a picture, drawn once and kept."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.core.paths import PACKAGE
from outreach.mailings.models import DocumentCover
from outreach.results.models import DocumentVersion, StoredFile
from outreach.results.storage import FileKind, Stored, path_of, store

SECONDS = 15
_SCRIPT = PACKAGE / "results" / "pdf_cover.py"
_PDF = "application/pdf"


def without_cover(session: Session, document_id: int) -> list[str]:
    """Return the digests of a document's PDFs whose first page was not drawn yet."""
    return list(
        session.scalars(
            select(DocumentVersion.sha256)
            .join(StoredFile, StoredFile.sha256 == DocumentVersion.sha256)
            .outerjoin(DocumentCover, DocumentCover.file_sha256 == DocumentVersion.sha256)
            .where(
                DocumentVersion.document_id == document_id,
                StoredFile.content_type == _PDF,
                DocumentCover.file_sha256.is_(None),
            )
            .distinct()
        )
    )


def draw(folder: Path, sha256: str) -> Stored | None:
    """Draw a PDF's first page and keep the picture; None when it cannot be drawn.

    A card without a cover is still a card, so nobody is bothered with the reason.
    """
    with TemporaryDirectory() as place:
        picture = Path(place) / "cover.png"
        if not _is_drawn(path_of(folder, sha256), picture):
            return None
        try:
            with picture.open("rb") as stream:
                return store(stream, folder, kind=FileKind.PICTURE)
        except Refusal:
            return None


def keep_cover(session: Session, sha256: str, drawn: Stored, *, now: datetime) -> None:
    """Write down that this picture is the cover of that file."""
    if session.get(StoredFile, drawn.sha256) is None:
        session.add(
            StoredFile(
                sha256=drawn.sha256,
                size=drawn.size,
                content_type=drawn.content_type,
                created_at=now,
            )
        )
        session.flush()  # the cover refers to it
    if session.get(DocumentCover, sha256) is None:
        session.add(DocumentCover(file_sha256=sha256, picture_sha256=drawn.sha256))


def covers_of(session: Session, versions: Mapping[str, int | None]) -> dict[str, str]:
    """Return the cover's digest by document, of the version each document is shown in."""
    ids = [version for version in versions.values() if version is not None]
    rows = session.execute(
        select(DocumentVersion.id, DocumentCover.picture_sha256)
        .join(DocumentCover, DocumentCover.file_sha256 == DocumentVersion.sha256)
        .where(DocumentVersion.id.in_(ids))
    )
    by_version = {row[0]: row[1] for row in rows}
    return {
        name: by_version[version] for name, version in versions.items() if version in by_version
    }


def is_cover(session: Session, sha256: str) -> bool:
    """Say whether a stored file is a cover, which everybody may load."""
    found = select(DocumentCover.file_sha256).where(DocumentCover.picture_sha256 == sha256)
    return session.scalar(found.limit(1)) is not None


def _is_drawn(path: Path, picture: Path) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and paths that we made
            [sys.executable, "-I", str(_SCRIPT), str(path), str(picture)],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and picture.is_file()
