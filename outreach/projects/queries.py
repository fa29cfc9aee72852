"""Reads of networks, calls, projects and lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.errors import NotFound
from outreach.projects.models import (
    Call,
    List,
    Network,
    Organisation,
    Partner,
    Project,
    SenderProfile,
)


def networks(session: Session) -> Sequence[Network]:
    """Return all networks with their calls and projects, in three queries."""
    query = (
        select(Network)
        .options(selectinload(Network.calls).selectinload(Call.projects))
        .order_by(Network.slug)
    )
    return session.scalars(query).all()


def calls(session: Session) -> Sequence[Call]:
    """Return all calls with their networks, the newest first."""
    return session.scalars(
        select(Call).options(joinedload(Call.network)).order_by(Call.id.desc())
    ).all()


def owners(session: Session) -> tuple[dict[int, str], dict[int, str]]:
    """Return {id: name} of the networks, and {id: acronym} of the projects in use."""
    networks = session.execute(select(Network.id, Network.name).order_by(Network.slug))
    projects = session.execute(
        select(Project.id, Project.acronym)
        .where(Project.archived_at.is_(None))
        .order_by(Project.acronym)
    )
    return {key: str(name) for key, name in networks}, dict(projects.all())


def lists_about(session: Session, project: Project) -> Sequence[List]:
    """Return the lists of a project and of the network that funds it."""
    is_ours = or_(List.project_id == project.id, List.network_id == project.call.network_id)
    return session.scalars(
        select(List).where(is_ours).order_by(List.archived_at.is_not(None), List.slug)
    ).all()


@dataclass(frozen=True, slots=True)
class LetterLimit:
    """How much a network writes to one person."""

    most: int = 0
    """Letters in 30 days; 0: any number."""
    list_ids: tuple[int, ...] = ()
    """The lists whose letters count: the network's and its projects'."""


def letter_limit(connection: Session | Connection, list_id: int) -> LetterLimit:
    """Return the limit that letters of a list are under: its network's."""
    rows = connection.execute(_limits_beside(), {"of_list": list_id}).all()
    if not rows:
        return LetterLimit()
    return LetterLimit(rows[0].most_letters, tuple(row.id for row in rows))


@cache
def _limits_beside() -> Select[int, int]:
    """Select the lists of a list's network, each with the limit; every range of letters asks."""
    owners = (
        select(List.id, func.coalesce(List.network_id, Call.network_id).label("network_id"))
        .outerjoin(Project, Project.id == List.project_id)
        .outerjoin(Call, Call.id == Project.call_id)
        .subquery()
    )
    is_asked = owners.c.id == bindparam("of_list")
    its_network = select(owners.c.network_id).where(is_asked).scalar_subquery()
    return (
        select(owners.c.id, Network.most_letters)
        .join(Network, Network.id == owners.c.network_id)
        .where(owners.c.network_id == its_network)
        .order_by(owners.c.id)
    )


def needs_approval(session: Session, list_id: int) -> bool:
    """Say whether a list's network wants a second person to approve its mailings."""
    found = session.scalar(
        select(Network.needs_approval)
        .select_from(List)
        .outerjoin(Project, Project.id == List.project_id)
        .outerjoin(Call, Call.id == Project.call_id)
        .join(Network, Network.id == func.coalesce(List.network_id, Call.network_id))
        .where(List.id == list_id)
    )
    return bool(found)


def senders(session: Session) -> Sequence[SenderProfile]:
    """Return all senders by name."""
    return session.scalars(select(SenderProfile).order_by(SenderProfile.name)).all()


def lists(session: Session) -> Sequence[List]:
    """Return all lists with their owners and senders, those in use first."""
    query = (
        select(List)
        .options(
            joinedload(List.network), joinedload(List.project), joinedload(List.sender_profile)
        )
        .order_by(List.archived_at.is_not(None), List.slug)
    )
    return session.scalars(query).all()


def lists_in_use(session: Session) -> Sequence[List]:
    """Return the lists that are not archived."""
    return session.scalars(select(List).where(List.archived_at.is_(None)).order_by(List.slug)).all()


def organisations(session: Session) -> Sequence[Organisation]:
    """Return all organisations by name."""
    return session.scalars(select(Organisation).order_by(Organisation.name)).all()


def organisations_named(
    session: Session, words: str, *, offset: int, limit: int
) -> tuple[Sequence[Organisation], int]:
    """Return a page of the organisations whose name holds `words`, and how many there are."""
    matches = Organisation.name.icontains(words, autoescape=True)
    query = select(Organisation).where(matches).order_by(Organisation.name, Organisation.id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return session.scalars(query.offset(offset).limit(limit)).all(), total


def partnerships(session: Session, organisation_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """Return {organisation's id: acronyms of the projects it is a partner of}."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(Partner.organisation_id, Project.acronym)
        .join(Partner.project)
        .where(Partner.organisation_id.in_(organisation_ids))
        .order_by(Project.acronym)
    )
    for organisation_id, acronym in rows:
        found[organisation_id].append(acronym)
    return found


def partner_organisations(session: Session) -> Sequence[Organisation]:
    """Return the organisations that are a partner of some project, by name."""
    is_partner = Organisation.id.in_(select(Partner.organisation_id))
    return session.scalars(select(Organisation).where(is_partner).order_by(Organisation.name)).all()


def project_with_partners(session: Session, project_id: int) -> Project | None:
    """Return a project with its call, network and partners; None when there is none."""
    query = (
        select(Project)
        .where(Project.id == project_id)
        .options(
            joinedload(Project.call).joinedload(Call.network),
            selectinload(Project.partners).joinedload(Partner.organisation),
        )
    )
    return session.scalars(query).one_or_none()


def project_by_slug(session: Session, slug: str) -> Project:
    """Return the project with this slug; raises NotFound naming those there are."""
    found = session.scalars(select(Project).where(Project.slug == slug)).first()
    if found is None:
        known = ", ".join(session.scalars(select(Project.slug).order_by(Project.slug)))
        raise NotFound(f"There is no project {slug!r}.", f"There are: {known or 'none yet'}.")
    return found
