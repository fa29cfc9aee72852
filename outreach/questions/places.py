"""What a question or an entry can be about, as one list to choose from."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.mailings.models import Mailing
from outreach.projects.models import List, Project
from outreach.results.models import Result

MOST_MAILINGS = 50


@dataclass(frozen=True, slots=True)
class Place:
    """One choice: a project, a result of it, or a letter that was sent."""

    value: str
    label: str
    project_id: int | None
    result_id: int | None = None
    mailing_id: int | None = None


def places(
    session: Session, within: Collection[int] | None, *, with_mailings: bool = False
) -> list[Place]:
    """Return the projects within reach (None: all), each followed by its results; then letters."""
    projects = session.scalars(_reachable(within)).all()
    results: dict[int, list[Result]] = {}
    for result in session.scalars(
        select(Result)
        .where(
            Result.project_id.in_([project.id for project in projects]),
            Result.archived_at.is_(None),
        )
        .order_by(Result.id.desc())
    ):
        results.setdefault(result.project_id, []).append(result)
    found = []
    for project in projects:
        found.append(Place(f"project-{project.id}", project.acronym, project.id))
        for result in results.get(project.id, ()):
            label = f"{project.acronym}: {result.title.pick()}"
            found.append(Place(f"result-{result.id}", label, project.id, result.id))
    return [*found, *(_letters(session, within) if with_mailings else ())]


def projects_within(session: Session, within: Collection[int] | None) -> dict[int, str]:
    """Return {id: acronym} of the projects within reach (None: all), by acronym."""
    return {project.id: project.acronym for project in session.scalars(_reachable(within))}


def chosen(offered: list[Place], value: str | None) -> Place | None:
    """Return the place with this value; None for nothing, or for what was not offered."""
    return next((place for place in offered if place.value == value), None)


def _reachable(within: Collection[int] | None) -> Select[Project]:
    query = select(Project).where(Project.archived_at.is_(None)).order_by(Project.acronym)
    return query if within is None else query.where(Project.id.in_(within))


def _letters(session: Session, within: Collection[int] | None) -> list[Place]:
    query = (
        select(Mailing)
        .join(Mailing.mailing_list)
        .where(Mailing.started_at.is_not(None))
        .options(joinedload(Mailing.mailing_list), selectinload(Mailing.results))
        .order_by(Mailing.started_at.desc())
        .limit(MOST_MAILINGS)
    )
    if within is not None:
        query = query.where(List.project_id.in_(within))
    return [_letter(mailing) for mailing in session.scalars(query)]


def _letter(mailing: Mailing) -> Place:
    only = mailing.results[0] if len(mailing.results) == 1 else None
    return Place(
        f"mailing-{mailing.id}",
        f"Mailing: {mailing.title}",
        only.project_id if only else mailing.mailing_list.project_id,
        only.id if only else None,
        mailing.id,
    )
