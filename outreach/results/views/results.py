"""Results: the list, a result's page, adding, editing, publishing, archiving."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, scope
from outreach.core.clock import now
from outreach.core.db import db
from outreach.results import services
from outreach.results.filters import ResultFilter
from outreach.results.forms import NewResultForm, ResultForm
from outreach.results.models import Result
from outreach.results.queries import projects_to_choose, result_lines
from outreach.results.versions import former_versions, newest_by_language
from outreach.results.views.blueprint import ID, blueprint, do, is_saved, result_in_reach
from outreach.results.words import kind_label
from outreach.web.access import requires
from outreach.web.pagination import cut, parse

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@requires("results.see")
def overview() -> str:
    """List the results of the projects within reach, by project."""
    reach = None if scope().is_everywhere else scope().project_ids
    lines = result_lines(db.session(), reach)
    chosen = ResultFilter.of(request.args)
    wanted = parse(request.args.get("page"), request.args.get("size"))
    matching = chosen.apply(lines)
    page = cut(matching[wanted.offset :][: wanted.limit], wanted, total=len(matching))
    return render_template(
        "results/overview.html", page=page, lines=lines, chosen=chosen, may_add=may("results.edit")
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("results.edit")
def new() -> Answer:
    """Add a result to a project."""
    form = NewResultForm(data={"project": request.args.get("project", "")})
    reach = None if scope().is_everywhere else scope().project_ids
    form.offer_projects(dict(projects_to_choose(db.session(), reach)))
    added: list[Result] = []

    def save(session: Session) -> Result:
        project_id = int(form.project.data)
        added.append(services.add_result(session, project_id, form.words, now=now()))
        return added[0]

    if form.validate_on_submit() and is_saved(form, "Added a result", save):
        flash("The result is added. Add its documents, then publish it.", "success")
        return redirect(url_for("results.result", result_id=added[0].id))
    return _form("results/new.html", form)


@blueprint.get(f"/<{ID}:result_id>")
@requires("results.see")
def result(result_id: int) -> str:
    """Show a result with its documents."""
    found = result_in_reach(result_id)
    return render_template(
        "results/result.html",
        result=found,
        shown=[document for document in found.documents if document.archived_at is None],
        archived=[document for document in found.documents if document.archived_at],
        newest_by_language=newest_by_language,
        former_versions=former_versions,
        kind_label=kind_label,
        may_edit=may("results.edit", found.project_id),
    )


@blueprint.route(f"/<{ID}:result_id>/edit", methods=["GET", "POST"])
@requires("results.edit")
def edit(result_id: int) -> Answer:
    """Change a result's words."""
    found = result_in_reach(result_id)
    form = ResultForm.of(found)

    def save(session: Session) -> Result:
        services.edit_result(session, found, form.words, now=now())
        return found

    label = f"Changed the result {found.title}"
    if form.validate_on_submit() and is_saved(form, label, save, found):
        flash("The result is saved.", "success")
        return redirect(url_for("results.result", result_id=result_id))
    return _form("results/edit.html", form, result=found)


@blueprint.post(f"/<{ID}:result_id>/publish")
@requires("results.edit")
def publish(result_id: int) -> Response:
    """Show a result to everybody."""
    found = result_in_reach(result_id)
    do(
        "Published the result",
        found,
        lambda session: services.publish_result(session, found, now=now()),
    )
    flash("The result is published: everybody can read it now.", "success")
    return redirect(url_for("results.result", result_id=result_id))


@blueprint.post(f"/<{ID}:result_id>/unpublish")
@requires("results.edit")
def unpublish(result_id: int) -> Response:
    """Take a result off the public pages."""
    found = result_in_reach(result_id)
    do(
        "Unpublished the result",
        found,
        lambda session: services.unpublish_result(session, found, now=now()),
    )
    flash("The result is a draft again: only staff can see it.", "success")
    return redirect(url_for("results.result", result_id=result_id))


@blueprint.post(f"/<{ID}:result_id>/archive")
@requires("results.edit")
def archive(result_id: int) -> Response:
    """Take a result out of the lists."""
    found = result_in_reach(result_id)
    do("Archived the result", found, lambda session: services.archive(session, found, now=now()))
    flash("The result is archived. What was sent still leads to it.", "success")
    return redirect(url_for("results.overview"))


@blueprint.post(f"/<{ID}:result_id>/restore")
@requires("results.edit")
def restore(result_id: int) -> Response:
    """Put an archived result back."""
    found = result_in_reach(result_id)
    do("Restored the result", found, lambda session: services.restore(session, found, now=now()))
    flash("The result is back among the others.", "success")
    return redirect(url_for("results.result", result_id=result_id))


def _form(template: str, form: ResultForm, **values: object) -> tuple[str, int]:
    """Show a form, refused (422) when it was sent."""
    return render_template(template, form=form, **values), 422 if form.is_submitted() else 200
