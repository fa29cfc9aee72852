"""Projects under their networks and calls: the tree, a project's page, adding, changing."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.core.text import LANGUAGES
from outreach.projects import services
from outreach.projects.credits import acknowledgement, standard_line
from outreach.projects.forms import NEW, NewProjectForm, ProjectForm
from outreach.projects.models import Call, Programme, Project
from outreach.projects.queries import calls, lists_about, networks, project_with_partners
from outreach.projects.views.blueprint import ID, Answer, blueprint
from outreach.projects.words import PROGRAMMES, call_name, cordis_address
from outreach.web.access import requires
from outreach.web.saving import keep, kept, show_form, stored


@blueprint.get("/projects")
@requires("settings.edit")
def projects() -> str:
    """Show networks, their calls and the projects they fund."""
    found = networks(db.session())
    return render_template("projects/projects.html", networks=found, programmes=PROGRAMMES)


@blueprint.route("/projects/new", methods=["GET", "POST"])
@requires("settings.edit")
def new_project() -> Answer:
    """Add a project, with its network and call where they are new."""
    known = {call.id: call_name(call) for call in calls(db.session())}
    asked = request.args.get("call", "")
    form = NewProjectForm(data={"call": asked if asked in map(str, known) else NEW})
    form.offer_calls(known)

    def save(session: Session) -> Project:
        call_id = _opened(session, form).id if form.is_new_call else int(form.call.data)
        return services.add_project(session, call_id, form.words)

    added = kept(form, f"Added the project {form.acronym.data}", save)
    if added:
        flash("The project is added. Name its partners, then make a list for it.", "success")
        return redirect(url_for("projects.project", project_id=added.id))
    return show_form("projects/new_project.html", form, has_calls=bool(known))


def _opened(session: Session, form: NewProjectForm) -> Call:
    programme = Programme(form.new_programme.data)
    return services.open_call(
        session, form.new_network.data or "", form.new_call.data or "", programme
    )


@blueprint.get(f"/projects/<{ID}:project_id>")
@requires("settings.edit")
def project(project_id: int) -> str:
    """Show a project: what is said of it, its credit line, partners and lists."""
    found = project_with_partners(db.session(), project_id)
    if found is None:
        raise NotFound
    return render_template(
        "projects/project.html",
        project=found,
        programme=PROGRAMMES[found.call.programme],
        cordis=cordis_address(found),
        credits=_credits(found),
        lists=lists_about(db.session(), found),
    )


def _credits(project: Project) -> dict[str, str]:
    """Return the credit line in each language it was written in; else the standard one."""
    written = [language for language in LANGUAGES if project.acknowledgement.has(language)]
    return {language: acknowledgement(project, language) for language in written or ["en"]}


@blueprint.route(f"/projects/<{ID}:project_id>/edit", methods=["GET", "POST"])
@requires("settings.edit")
def edit_project(project_id: int) -> Answer:
    """Change what is said of a project."""
    found = stored(Project, project_id)
    form = ProjectForm.of(found)

    def save(session: Session) -> Project:
        services.edit_project(session, found, form.words)
        return found

    if kept(form, f"Changed the project {found.acronym}", save, found):
        flash("The project is saved.", "success")
        return redirect(url_for("projects.project", project_id=project_id))
    return show_form(
        "projects/edit_project.html", form, project=found, standard=standard_line(found)
    )


@blueprint.post(f"/projects/<{ID}:project_id>/archive")
@requires("settings.edit")
def archive_project(project_id: int) -> Response:
    """Take a project out of every choice."""
    found = stored(Project, project_id)

    def save(session: Session) -> Project:
        services.archive_project(session, found, now=now())
        return found

    keep(f"Archived the project {found.acronym}", save, found)
    flash("The project is archived. Its pages, letters and figures stay.", "success")
    return redirect(url_for("projects.project", project_id=project_id))


@blueprint.post(f"/projects/<{ID}:project_id>/restore")
@requires("settings.edit")
def restore_project(project_id: int) -> Response:
    """Put an archived project back."""
    found = stored(Project, project_id)

    def save(session: Session) -> Project:
        services.restore_project(session, found)
        return found

    keep(f"Restored the project {found.acronym}", save, found)
    flash("The project is back among the others.", "success")
    return redirect(url_for("projects.project", project_id=project_id))
