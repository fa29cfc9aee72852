"""The list as a file: CSV, XLSX or vCards, with the columns one chooses."""

from io import BytesIO

from flask import Response as FlaskResponse
from flask import render_template, request, send_file, stream_with_context
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db
from outreach.stakeholders.cards import as_cards
from outreach.stakeholders.exporting import (
    COLUMNS,
    as_csv,
    chosen_columns,
    people,
    people_rows,
    write_xlsx,
)
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.status import Status
from outreach.stakeholders.views.blueprint import blueprint
from outreach.stakeholders.views.people import chips_of, filter_from, parameters
from outreach.web.access import requires

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "csv": ("CSV", "opens in every spreadsheet"),
    "xlsx": ("XLSX", "an Excel workbook"),
    "vcf": ("vCards", "for address books; the columns are their own"),
}


def _wanted() -> PeopleFilter:
    """Return whom the file is to hold: those filtered, or of them whoever gets letters."""
    wanted = filter_from(request.args)
    if "mailable" in request.args and not wanted.statuses:
        return wanted.with_choice("statuses", (Status.GETS,))
    return wanted


@blueprint.get("/export")
@requires("stakeholders.export")
def choose_export() -> str:
    """Ask for format and columns."""
    wanted = filter_from(request.args)
    return render_template(
        "stakeholders/export.html",
        parameters=parameters(wanted),
        chips=chips_of(wanted),
        columns=COLUMNS,
        formats=FORMATS,
        has_status=bool(wanted.statuses),
    )


@blueprint.get("/export.csv")
@requires("stakeholders.export")
def export() -> FlaskResponse:
    """Give the people of a filter as CSV."""
    columns = chosen_columns(request.args.getlist("column"))
    wanted = _wanted()
    rows = people_rows(db.session(), wanted, now=now(), columns=columns)
    answer = FlaskResponse(stream_with_context(as_csv(rows, columns)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="stakeholders.csv"'
    return answer


@blueprint.get("/export.xlsx")
@requires("stakeholders.export")
def export_xlsx() -> Response:
    """Give the people of a filter as a workbook."""
    columns = chosen_columns(request.args.getlist("column"))
    rows = people_rows(db.session(), _wanted(), now=now(), columns=columns)
    target = BytesIO()  # compressed: some 60 bytes a person
    write_xlsx(rows, target, columns)
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name="stakeholders.xlsx")


@blueprint.get("/export.vcf")
@requires("stakeholders.export")
def export_cards() -> FlaskResponse:
    """Give the people of a filter as vCards."""
    found = (person for person, _ in people(db.session(), _wanted(), now=now()))
    answer = FlaskResponse(stream_with_context(as_cards(found)), mimetype="text/vcard")
    answer.headers["Content-Disposition"] = 'attachment; filename="stakeholders.vcf"'
    return answer


@blueprint.get("/export/file")
@requires("stakeholders.export")
def export_file() -> Response | FlaskResponse:
    """Give the file in the format that was chosen on the page."""
    kind = request.args.get("format", "csv")
    return {"xlsx": export_xlsx, "vcf": export_cards}.get(kind, export)()
