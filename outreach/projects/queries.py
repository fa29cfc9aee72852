"""Reads of networks, calls, projects and lists."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.errors import NotFound
from outreach.projects.models import Call, List, Network, Organisation, Partner, Project


def networks(session: Session) -> Sequence[Network]:
    """Return all networks with their calls and projects, in three queries."""
    query = (
        select(Network)
        .options(selectinload(Network.calls).selectinload(Call.projects))
        .order_by(Network.slug)
    )
    return session.scalars(query).all()


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
