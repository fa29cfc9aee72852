"""Pictures of letters: kept under their digest, owned by a project."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mailings.models import Mailing
from outreach.projects.models import Project
from outreach.results.models import Picture, StoredFile
from outreach.results.storage import Stored


def projects_of(session: Session, mailing: Mailing) -> Sequence[Project]:
    """Return the projects a mailing speaks of: its results', and its list's."""
    ids = [result.project_id for result in mailing.results]
    if mailing.mailing_list.project_id:
        ids.append(mailing.mailing_list.project_id)
    found = session.scalars(select(Project).where(Project.id.in_(ids)))
    return sorted(found, key=lambda project: ids.index(project.id))


def keep_picture(
    session: Session, mailing: Mailing, stored: Stored, filename: str, *, now: datetime
) -> str:
    """Write down an uploaded picture; returns what a block calls it, "file:12".

    Raises Refusal when the mailing speaks of no project that could own it.
    """
    projects = projects_of(session, mailing)
    if not projects:
        raise Refusal(
            "A picture belongs to a project, and this mailing speaks of none yet.",
            "Choose a result under Details & audience first.",
        )
    keep_file(session, stored, now=now)
    picture = _known(session, projects[0].id, stored.sha256) or Picture(
        project_id=projects[0].id,
        sha256=stored.sha256,
        filename=filename[:200],
        width=stored.width or 0,
        height=stored.height or 0,
        created_at=now,
    )
    session.add(picture)
    session.flush()  # the block names it by its key
    return f"file:{picture.id}"


def picture_address(base_url: str, sha256: str) -> str:
    """Return where a picture of a letter can be loaded by everybody."""
    return f"{base_url}/mailings/pictures/{sha256}"


def keep_file(session: Session, stored: Stored, *, now: datetime) -> None:
    """Write down a stored file unless its very bytes are known."""
    if session.get(StoredFile, stored.sha256) is None:
        session.add(
            StoredFile(
                sha256=stored.sha256,
                size=stored.size,
                content_type=stored.content_type,
                created_at=now,
            )
        )
        session.flush()  # what shows it refers to it


def is_picture(session: Session, sha256: str) -> bool:
    """Say whether a stored file is a picture of a letter, which everybody may load."""
    return session.scalar(select(Picture.id).where(Picture.sha256 == sha256).limit(1)) is not None


def _known(session: Session, project_id: int, sha256: str) -> Picture | None:
    return session.scalars(
        select(Picture).where(Picture.project_id == project_id, Picture.sha256 == sha256)
    ).first()
