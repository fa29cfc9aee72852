"""A project's partners: naming one, moving it, taking it out, saying who coordinates."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.projects import services
from outreach.projects.forms import PartnerForm
from outreach.projects.lists import OrganisationWords, save_organisation
from outreach.projects.models import Project
from outreach.projects.queries import organisations, project_with_partners
from outreach.projects.services import Part
from outreach.projects.views.blueprint import ID, Answer, blueprint
from outreach.web.access import requires
from outreach.web.saving import keep, kept, show_form

PARTNER = f"/projects/<{ID}:project_id>/partners/<{ID}:organisation_id>"


@blueprint.route(f"/projects/<{ID}:project_id>/partners", methods=["GET", "POST"])
@requires("settings.edit")
def partners(project_id: int) -> Answer:
    """Show the partners in their order and name another."""
    found = _project(project_id)
    form = PartnerForm()
    named = {partner.organisation_id for partner in found.partners}
    free = {each.id: each.name for each in organisations(db.session()) if each.id not in named}
    form.offer(free)

    def save(session: Session) -> Project:
        key = form.organisation_id or _made(session, form)
        parts = [*_parts(found), Part(key, is_coordinator=form.is_coordinator.data)]
        services.name_partners(session, found, parts)
        return found

    if kept(form, f"Named a partner of {found.acronym}", save, found):
        flash("The partner is named.", "success")
        return _back(project_id)
    return show_form("projects/partners.html", form, project=found)


@blueprint.post(f"{PARTNER}/<any(up, down):direction>")
@requires("settings.edit")
def move_partner(project_id: int, organisation_id: int, direction: str) -> Response:
    """Let a partner change places with the one before or after it."""

    def moved(parts: list[Part], here: int) -> list[Part]:
        there = max(0, here - 1) if direction == "up" else min(len(parts) - 1, here + 1)
        parts.insert(there, parts.pop(here))
        return parts

    _change(project_id, organisation_id, "Moved", moved)
    return _back(project_id)


@blueprint.post(f"{PARTNER}/coordinator")
@requires("settings.edit")
def name_coordinator(project_id: int, organisation_id: int) -> Response:
    """Make one partner the coordinator, and no other."""

    def named(parts: list[Part], here: int) -> list[Part]:
        return [Part(part.organisation_id, at == here) for at, part in enumerate(parts)]

    _change(project_id, organisation_id, "Changed the coordinator among", named)
    flash("The coordinator is named.", "success")
    return _back(project_id)


@blueprint.post(f"{PARTNER}/remove")
@requires("settings.edit")
def remove_partner(project_id: int, organisation_id: int) -> Response:
    """Take an organisation out of the partners; the organisation itself stays."""
    _change(
        project_id,
        organisation_id,
        "Took out one of",
        lambda parts, here: [part for at, part in enumerate(parts) if at != here],
    )
    flash("It is no partner any more.", "success")
    return _back(project_id)


def _change(
    project_id: int,
    organisation_id: int,
    verb: str,
    change: Callable[[list[Part], int], list[Part]],
) -> None:
    """Change the partners around the one named; raises NotFound when it is none of them."""
    found = _project(project_id)

    def save(session: Session) -> Project:
        parts = _parts(found)
        here = [part.organisation_id for part in parts].index(organisation_id)
        services.name_partners(session, found, change(parts, here))
        return found

    if organisation_id not in {partner.organisation_id for partner in found.partners}:
        raise NotFound
    keep(f"{verb} the partners of {found.acronym}", save, found)


def _project(project_id: int) -> Project:
    found = project_with_partners(db.session(), project_id)
    if found is None:
        raise NotFound
    return found


def _parts(project: Project) -> list[Part]:
    return [Part(partner.organisation_id, partner.is_coordinator) for partner in project.partners]


def _made(session: Session, form: PartnerForm) -> int:
    words = OrganisationWords(name=form.name.data or "", country=form.country.data or "")
    return save_organisation(session, words).id


def _back(project_id: int) -> Response:
    return redirect(url_for("projects.partners", project_id=project_id))
