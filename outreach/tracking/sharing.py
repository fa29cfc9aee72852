"""Share links: a short address per channel, so that a newsletter and a poster are told apart.

They name no reader and hold no token: whoever comes by one is counted as a visitor of that channel.
"""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.core.extras import late
from outreach.core.text import LocalText
from outreach.results.models import Document, Result
from outreach.stakeholders.models import Role
from outreach.tracking.counting import PUBLIC
from outreach.tracking.models import VisitorFigure
from outreach.tracking.share_models import Channel, ShareLink

if TYPE_CHECKING:
    import segno
else:
    segno = late("segno")

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike in print."""
CODE_LENGTH = 6
MOST_LINKS = 200
"""Links of one project: as many as can be looked over."""
CHANNEL_NAMES = {
    Channel.NEWSLETTER: "A partner's newsletter",
    Channel.SOCIAL: "Social media",
    Channel.EVENT: "An event",
    Channel.PRINT: "Print",
    Channel.WEBSITE: "A website",
    Channel.OTHER: "Another channel",
}


@dataclass(frozen=True, kw_only=True)
class NewShareLink:
    """What its maker says of a share link; one of `document_id` and `result_id` is set."""

    channel: Channel
    label: str
    result_id: int | None = None
    document_id: int | None = None


def make_share_link(
    session: Session, project_id: int, words: NewShareLink, *, by: str, now: datetime
) -> ShareLink:
    """Make a share link to a published page of the project; raises Refusal for any other page."""
    if not _is_published(session, project_id, words):
        raise Refusal("Choose a published result or document of this project.")
    number = session.scalar(select(func.count()).where(ShareLink.project_id == project_id)) or 0
    if number >= MOST_LINKS:
        raise Refusal(f"A project has at most {MOST_LINKS} share links.", "Use one you have.")
    link = ShareLink(
        code=_new_code(session),
        project_id=project_id,
        result_id=words.result_id,
        document_id=words.document_id,
        channel=words.channel,
        label=words.label,
        created_at=now,
        created_by=by,
    )
    session.add(link)
    session.flush()
    return link


def _is_published(session: Session, project_id: int, words: NewShareLink) -> bool:
    query = select(Result.id).where(
        Result.project_id == project_id,
        Result.published_at.is_not(None),
        Result.archived_at.is_(None),
    )
    if words.document_id is not None:
        query = query.join(Document).where(
            Document.id == words.document_id, Document.archived_at.is_(None)
        )
    else:
        query = query.where(Result.id == words.result_id)
    return session.scalar(query) is not None


def _new_code(session: Session) -> str:
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if session.scalar(select(ShareLink.id).where(ShareLink.code == code)) is None:
            return code


def qr_code(address: str) -> bytes:
    """Return the QR code of an address as SVG, dark on white, with the quiet zone readers need."""
    file = io.BytesIO()
    segno.make(address, error="m").save(file, kind="svg", scale=8, border=4, light="#ffffff")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One share link and what came by it."""

    link: ShareLink
    title: LocalText
    """Of the page it leads to."""
    visits: int
    downloads: int
    followed: int
    machine: int


def share_lines(session: Session, project_id: int) -> list[ShareLine]:
    """Return the share links of a project with what came by them, the newest first."""
    sums = [
        func.coalesce(func.sum(getattr(VisitorFigure, name)), 0)
        for name in ("visits", "downloads", "followed", "machine")
    ]
    rows = session.execute(
        select(ShareLink, Document.title, Result.title, *sums)
        .outerjoin(Document, Document.id == ShareLink.document_id)
        .outerjoin(Result, Result.id == ShareLink.result_id)
        .outerjoin(VisitorFigure, VisitorFigure.share_id == ShareLink.id)
        .where(ShareLink.project_id == project_id)
        .group_by(ShareLink.id, Document.id, Result.id)
        .order_by(ShareLink.id.desc())
    )
    return [
        ShareLine(link, document or result, *counts) for link, document, result, *counts in rows
    ]


@dataclass(frozen=True, slots=True)
class VisitorRoleLine:
    """Downloads by visitors without a letter who named the same role, or none (`role` None)."""

    role: Role | None
    downloads: int
    followed: int
    machine: int
    """Requests that were left out."""


def visitor_role_lines(session: Session, project_id: int) -> Sequence[VisitorRoleLine]:
    """Return what visitors of the project's pages downloaded, by the role they named."""
    sums = [func.sum(getattr(VisitorFigure, name)) for name in ("downloads", "followed", "machine")]
    rows = session.execute(
        select(Role, *sums)
        .select_from(VisitorFigure)
        .join(Document, Document.id == VisitorFigure.document_id)
        .join(Result, Result.id == Document.result_id)
        .outerjoin(Role, Role.id == VisitorFigure.role_id)
        .where(VisitorFigure.mailing_id == PUBLIC, Result.project_id == project_id)
        .group_by(Role.id)
        .having(sum(sums[1:], sums[0]) > 0)
        .order_by(Role.position.is_(None), Role.position)
    )
    return [VisitorRoleLine(*row) for row in rows]
