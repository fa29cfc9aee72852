"""What staff see: exact and live."""

from datetime import timedelta

from flask import Response, flash, redirect, render_template, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from outreach.accounts.guard import may, scope, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.dashboards import hits, subject_tests
from outreach.dashboards.blueprint import (
    MAILING,
    blueprint,
    mailing_in_reach,
    project_in_reach,
    projects_of,
)
from outreach.dashboards.exports import as_csv, as_download, as_xlsx
from outreach.dashboards.figures import MailingReport
from outreach.dashboards.queries import (
    begun_mailings,
    mailing_report,
    project_mailings,
    totals_by_mailing,
)
from outreach.dashboards.requests import KINDS, request_figures
from outreach.dashboards.snapshots import build_tables, newest_snapshot, publish
from outreach.dashboards.staff_tables import report_sections
from outreach.dashboards.targets import FIRST_HOURS
from outreach.dashboards.wording import (
    OPENS_CAVEAT,
    beside_in_short,
    counted_in_short,
    how_counted,
    sent_caveat,
)
from outreach.mailings.models import Mailing
from outreach.projects.models import Project
from outreach.tracking.models import HitLabel
from outreach.web.access import requires
from outreach.web.charts import BarRow, HourSeries, bars, hours_chart

__all__ = ["blueprint", "hits", "subject_tests"]
MOST_MAILINGS = 50
MANY_RECIPIENTS = 20_000
"""From so many on, counting takes too long to be done every second for everybody who looks."""


@blueprint.get("")
@requires("reports.see")
def reports() -> str:
    """List the mailings that have begun to be sent, and the projects with their dashboards."""
    session, reach = db.session(), scope()
    projects = [
        project
        for project in session.scalars(select(Project).order_by(Project.acronym))
        if reach.covers(project.id)
    ]
    only = None if reach.is_everywhere else reach.project_ids
    mailings = begun_mailings(session, only, limit=MOST_MAILINGS)
    return render_template(
        "dashboards/reports.html",
        projects=projects,
        mailings=mailings,
        figures=totals_by_mailing(session, [mailing.id for mailing in mailings]),
    )


@blueprint.get(f"/mailings/{MAILING}")
@requires("reports.see")
def mailing(mailing_id: int) -> str:
    """Show all that came of one mailing."""
    found, report = _report(mailing_id)
    return render_template(
        "dashboards/mailing.html",
        mailing=found,
        report=report,
        all=report.all,
        poll=_poll(report),
        roles_chart=_roles_chart(report),
        role_rows=[(row.label, row.figures.visits) for row in report.rows],
        hours_chart=_hours_chart(report),
        hour_rows=[
            (f"{row.hour:%d %b, %H:00} UTC", row.visits, row.downloads) for row in report.hours
        ],
        counted_in_short=counted_in_short(report),
        how_counted=how_counted(report),
        beside=beside_in_short(report),
        requests=request_figures(report.reasons),
        kinds=KINDS,
        left_out=[line for line in report.reasons if line.label is HitLabel.MACHINE],
        sent_caveat=sent_caveat(report),
        opens_caveat=OPENS_CAVEAT,
        projects=projects_of(found),
        may_publish=may("reports.publish"),
    )


@blueprint.get(f"/mailings/{MAILING}/live")
@requires("reports.see")
def mailing_live(mailing_id: int) -> str:
    """Give tiles and table by role alone, to be asked for again while the report is open."""
    found, report = _report(mailing_id)
    return render_template(
        "dashboards/mailing_live.html",
        mailing=found,
        report=report,
        all=report.all,
        sent_caveat=sent_caveat(report),
    )


def _poll(report: MailingReport) -> int:
    """Return after how many milliseconds an open report asks again; 0 for one that is over."""
    is_over = report.sent_at is None or now() - report.sent_at > timedelta(hours=FIRST_HOURS)
    if is_over:
        return 0
    return 1_000 if report.all.recipients < MANY_RECIPIENTS else 15_000


@blueprint.get(f"/mailings/{MAILING}.csv")
@requires("reports.see")
def mailing_csv(mailing_id: int) -> Response:
    """Give the mailing's figures as a file."""
    found, report = _report(mailing_id)
    return as_download(as_csv(report_sections(report)), f"report-{found.slug}.csv")


@blueprint.get(f"/mailings/{MAILING}.xlsx")
@requires("reports.see")
def mailing_xlsx(mailing_id: int) -> Response:
    """Give the mailing's figures as a workbook."""
    found, report = _report(mailing_id)
    return as_download(as_xlsx(report_sections(report)), f"report-{found.slug}.xlsx")


@blueprint.get("/projects/<slug>")
@requires("reports.see")
def project(slug: str) -> str:
    """Show a project's tables as a partner would see them if they were published now."""
    found = project_in_reach(slug)
    tables = build_tables(db.session(), found.id, threshold=state().settings.disclosure_threshold)
    return render_template(
        "dashboards/preview.html",
        project=found,
        tables=tables,
        snapshot=newest_snapshot(db.session(), found.id),
        mailings=project_mailings(db.session(), found.id),
        may_publish=may("reports.publish", found.id),
    )


@blueprint.post("/projects/<slug>/publish")
@requires("reports.publish")
def publish_project(slug: str) -> Redirect:
    """Publish the project's tables for its partners, as they stand now."""
    found = project_in_reach(slug)
    actor, acronym, threshold = (
        signed_in_user().shown_name, found.acronym, state().settings.disclosure_threshold,
    )  # fmt: skip
    with transaction() as session:
        publish(session, found.id, threshold=threshold, by=actor, now=now())
    flash(f"Partners of {acronym} see these figures from now on.", "success")
    return redirect(url_for("reports.project", slug=slug))


def _report(mailing_id: int) -> tuple[Mailing, MailingReport]:
    found = mailing_in_reach(mailing_id)
    return found, mailing_report(db.session(), mailing_id)


def _roles_chart(report: MailingReport) -> Markup:
    rows = [BarRow(row.label, row.figures.visits, role_slug=row.slug) for row in report.rows]
    return bars(rows, name="visits-by-role", title="Visits by role")


def _hours_chart(report: MailingReport) -> Markup | None:
    if not report.hours or report.sent_at is None:
        return None
    start = report.sent_at.replace(minute=0, second=0, microsecond=0)
    slots = [start + timedelta(hours=hour) for hour in range(FIRST_HOURS)]
    by_hour = {row.hour: row for row in report.hours}
    visits = [by_hour[slot].visits if slot in by_hour else 0 for slot in slots]
    downloads = [by_hour[slot].downloads if slot in by_hour else 0 for slot in slots]
    return hours_chart(
        [HourSeries("Visits", visits), HourSeries("Downloads", downloads)],
        name="first-72-hours",
        title="Visits and downloads in the first 72 hours",
    )
