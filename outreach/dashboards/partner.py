"""What partners see: published snapshots, the same on screen and in files."""

from flask import Blueprint, Response, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from outreach.accounts.guard import scope
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.dashboards.blueprint import project_in_reach
from outreach.dashboards.exports import as_csv, as_download, as_xlsx, sections_of
from outreach.dashboards.snapshots import Tables, newest_snapshot
from outreach.projects.models import Project
from outreach.web.access import requires

blueprint = Blueprint("dashboards", __name__, url_prefix="/dashboards")


@blueprint.get("")
@requires("dashboards.see")
def projects() -> str:
    """List the projects whose figures the user may see."""
    found = db.session.scalars(select(Project).order_by(Project.acronym))
    own = [project for project in found if scope().covers(project.id)]
    return render_template("dashboards/projects.html", projects=own)


@blueprint.get("/<slug>")
@requires("dashboards.see")
def project(slug: str) -> str | AnyResponse:
    """Show a project's newest published figures; a former address leads to the present one."""
    found = project_in_reach(slug)
    if found.slug != slug:
        return redirect(url_for("dashboards.project", slug=found.slug), 301)
    snapshot = newest_snapshot(db.session(), found.id)
    tables = Tables.from_json(snapshot.tables) if snapshot else None
    return render_template(
        "dashboards/project.html", project=found, snapshot=snapshot, tables=tables
    )


@blueprint.get("/<slug>.csv")
@requires("dashboards.see")
def project_csv(slug: str) -> Response:
    """Give the very tables of the screen as a file."""
    tables = _published_tables(slug)
    return as_download(as_csv(sections_of(tables)), f"{slug}.csv")


@blueprint.get("/<slug>.xlsx")
@requires("dashboards.see")
def project_xlsx(slug: str) -> Response:
    """Give the very tables of the screen as a workbook."""
    tables = _published_tables(slug)
    return as_download(as_xlsx(sections_of(tables)), f"{slug}.xlsx")


def _published_tables(slug: str) -> Tables:
    snapshot = newest_snapshot(db.session(), project_in_reach(slug).id)
    if snapshot is None:
        raise NotFound("Nothing was published for this project yet.")
    return Tables.from_json(snapshot.tables)
