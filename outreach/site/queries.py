"""What public pages show: published results, their documents and questions made public."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from outreach.projects.addresses import at_address
from outreach.projects.models import List, Project
from outreach.questions.models import FaqEntry
from outreach.results.models import Document, Result
from outreach.results.queries import result_with_documents


def published_result(session: Session, slug: str) -> Result | None:
    """Return the published result at this or a former address; None for any other.

    An archived one is still found, because letters that were sent lead to it.
    """
    found = at_address(session, Result, slug)
    if found is None:
        return None
    return _published(session, Result.id == found.id)


def published_document(session: Session, slug: str) -> Document | None:
    """Return the document of a published result at this or a former address."""
    found = at_address(session, Document, slug)
    if found is None or _published(session, Result.id == found.result_id) is None:
        return None
    return found


def _published(session: Session, which: ColumnElement[bool]) -> Result | None:
    query = result_with_documents().where(which, Result.published_at.is_not(None))
    return session.scalars(query).one_or_none()


def faq_entries(session: Session, result: Result) -> Sequence[FaqEntry]:
    """Return the published questions about a result, then those about its whole project."""
    is_ours = or_(
        FaqEntry.result_id == result.id,
        (FaqEntry.project_id == result.project_id) & FaqEntry.result_id.is_(None),
    )
    return session.scalars(
        select(FaqEntry)
        .where(is_ours, FaqEntry.published_at.is_not(None))
        .order_by(FaqEntry.result_id.is_(None), FaqEntry.position, FaqEntry.id)
    ).all()


def controllers(session: Session) -> Sequence[List]:
    """Return the lists in use with their owners: who answers for the data of each."""
    return session.scalars(
        select(List)
        .where(List.archived_at.is_(None))
        .options(joinedload(List.network), joinedload(List.project).joinedload(Project.call))
        .order_by(List.slug)
    ).all()
