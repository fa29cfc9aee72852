"""Brands: colour, headline font, logo and imprint that letters of a network or project wear."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mailings.brand_models import Brand
from outreach.mailings.models import Mailing
from outreach.mailings.rendering.colours import scheme
from outreach.mailings.rendering.fonts import DEFAULT, FONTS
from outreach.projects.models import Network, Project

_HEX = re.compile(r"#[0-9a-f]{6}")


def brand_of(session: Session, mailing: Mailing) -> Brand | None:
    """Return what a mailing's letters wear: its list's project's brand, else its network's.

    A mailing of a network's list about one project's results wears the network's.
    """
    its_list = mailing.mailing_list
    owner = session.get(Project, its_list.project_id) if its_list.project_id else None
    found = brand_for(session, project_id=owner.id) if owner else None
    network_id = owner.call.network_id if owner else its_list.network_id
    if found is not None or network_id is None:
        return found
    return brand_for(session, network_id=network_id)


def brand_for(
    session: Session, *, network_id: int | None = None, project_id: int | None = None
) -> Brand | None:
    """Return the brand of one owner; None while nobody set one."""
    owner = (
        Brand.network_id == network_id if network_id is not None else Brand.project_id == project_id
    )
    return session.scalars(select(Brand).where(owner)).one_or_none()


def dress(session: Session, brand: Brand, *, accent: str, font: str, imprint: str) -> str:
    """Set how letters look; returns the colour they will show, darkened where it must be.

    Raises Refusal for what is no colour.
    """
    accent = accent.strip().lower()
    if accent and not _HEX.fullmatch(accent):
        raise Refusal("This is no colour.", "Write it like #0b5d66.")
    brand.accent, brand.imprint = accent, " ".join(imprint.split())[:400]
    brand.font = font if font in FONTS else DEFAULT
    session.add(brand)
    return scheme(accent).light.accent if accent else ""


def owners(
    session: Session, project_ids: Sequence[int] | None
) -> tuple[Sequence[Network], Sequence[Project]]:
    """Return whose brands can be set: a network's only by who reaches all projects."""
    projects = select(Project).order_by(Project.acronym)
    if project_ids is not None:
        return (), session.scalars(projects.where(Project.id.in_(project_ids))).all()
    networks = session.scalars(select(Network).order_by(Network.slug)).all()
    return networks, session.scalars(projects).all()


def is_logo(session: Session, sha256: str) -> bool:
    """Say whether a stored file is a logo, which everybody may load."""
    found = select(Brand.id).where(Brand.logo_sha256 == sha256)
    return session.scalar(found.limit(1)) is not None
