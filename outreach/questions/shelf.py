"""Reads of FAQ entries for staff."""

from collections.abc import Collection

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session, joinedload

from outreach.core.errors import NotFound
from outreach.projects.models import Project
from outreach.questions.models import FaqEntry


def shelf(session: Session, within: Collection[int] | None) -> list[FaqEntry]:
    """Return the entries of these projects (None: of all), as they stand: project, result, place.

    A project's own entries come before those of its results, the newest result first.
    """
    is_general = case((FaqEntry.result_id.is_(None), 0), else_=1)
    query = (
        _within(within)
        .join(FaqEntry.project)
        .order_by(
            Project.acronym,
            Project.id,
            is_general,
            FaqEntry.result_id.desc(),
            FaqEntry.position,
            FaqEntry.id,
        )
    )
    return list(session.scalars(query))


def entry_of(session: Session, entry_id: int, within: Collection[int] | None) -> FaqEntry:
    """Return an entry within reach; raises NotFound for any other."""
    found = session.scalars(_within(within).where(FaqEntry.id == entry_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _within(project_ids: Collection[int] | None) -> Select[FaqEntry]:
    query = select(FaqEntry).options(joinedload(FaqEntry.project), joinedload(FaqEntry.result))
    return query if project_ids is None else query.where(FaqEntry.project_id.in_(project_ids))
