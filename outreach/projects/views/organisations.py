"""Organisations: partners of projects and employers of stakeholders."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.db import db
from outreach.core.uses import delete_unused
from outreach.projects.list_forms import OrganisationForm
from outreach.projects.lists import save_organisation
from outreach.projects.models import Organisation
from outreach.projects.queries import organisations_named, partnerships
from outreach.projects.views.blueprint import ID, Answer, blueprint
from outreach.web.access import requires
from outreach.web.pagination import cut, parse
from outreach.web.saving import kept, remove, show_form, stored


@blueprint.get("/organisations")
@requires("settings.edit")
def organisations() -> str:
    """List the organisations by name, with the projects they are partners of."""
    words = request.args.get("q", "").replace("\0", "").strip()[:200]
    wanted = parse(request.args.get("page"), request.args.get("size"))
    rows, total = organisations_named(db.session(), words, offset=wanted.offset, limit=wanted.limit)
    return render_template(
        "projects/organisations.html",
        page=cut(rows, wanted, total=total),
        words=words,
        projects_of=partnerships(db.session(), [row.id for row in rows]),
    )


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_organisation() -> Answer:
    """Add an organisation."""
    form = OrganisationForm()
    label = f"Added the organisation {form.name.data}"
    if kept(form, label, lambda session: save_organisation(session, form.words)):
        flash("The organisation is added.", "success")
        return redirect(url_for("projects.organisations"))
    return show_form("projects/organisation.html", form, organisation=None)


@blueprint.route(f"/organisations/<{ID}:organisation_id>", methods=["GET", "POST"])
@requires("settings.edit")
def organisation(organisation_id: int) -> Answer:
    """Change an organisation."""
    found = stored(Organisation, organisation_id)
    form = OrganisationForm.of(found)

    def save(session: Session) -> Organisation:
        return save_organisation(session, form.words, found)

    if kept(form, f"Changed the organisation {found.name}", save, found):
        flash("The organisation is saved.", "success")
        return redirect(url_for("projects.organisations"))
    return show_form("projects/organisation.html", form, organisation=found)


@blueprint.post(f"/organisations/<{ID}:organisation_id>/delete")
@requires("settings.edit")
def delete_organisation(organisation_id: int) -> Response:
    """Delete an organisation that is no partner and nobody's employer."""
    found = stored(Organisation, organisation_id)
    name = found.name
    remove(
        f"Deleted the organisation {name}",
        lambda session: delete_unused(session, found, name=name),
        found,
    )
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("projects.organisations"))
