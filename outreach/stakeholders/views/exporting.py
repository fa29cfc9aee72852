"""The list as a file: CSV, XLSX or vCards, with the columns one chooses."""

from io import BytesIO

from flask import Response as FlaskResponse
from flask import render_template, request, send_file, stream_with_context
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db
from outreach.stakeholders.exporting import (
    COLUMNS,
    Format,
    chosen_columns,
    pieces_of,
    without_unmailed,
    write_people,
)
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.views.blueprint import blueprint
from outreach.stakeholders.views.people import chips_of, filter_from, parameters
from outreach.web.access import requires

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    Format.CSV: ("CSV", "opens in every spreadsheet"),
    Format.XLSX: ("XLSX", "an Excel workbook"),
    Format.CARDS: ("vCards", "for address books; the columns are their own"),
}


def _wanted() -> PeopleFilter:
    """Return whom the file is to hold: those filtered, or of them whoever gets letters."""
    wanted = filter_from(request.args)
    return without_unmailed(wanted) if "mailable" in request.args else wanted


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
    return _streamed(Format.CSV, "text/csv")


@blueprint.get("/export.xlsx")
@requires("stakeholders.export")
def export_xlsx() -> Response:
    """Give the people of a filter as a workbook."""
    target = BytesIO()  # compressed: some 60 bytes a person
    write_people(db.session(), _wanted(), Format.XLSX, target, now=now(), columns=_columns())
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name="stakeholders.xlsx")


@blueprint.get("/export.vcf")
@requires("stakeholders.export")
def export_cards() -> FlaskResponse:
    """Give the people of a filter as vCards."""
    return _streamed(Format.CARDS, "text/vcard")


def _streamed(kind: Format, mimetype: str) -> FlaskResponse:
    pieces = pieces_of(db.session(), _wanted(), kind, now=now(), columns=_columns())
    answer = FlaskResponse(stream_with_context(pieces), mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="stakeholders.{kind}"'
    return answer


def _columns() -> tuple[str, ...]:
    return chosen_columns(request.args.getlist("column"))


@blueprint.get("/export/file")
@requires("stakeholders.export")
def export_file() -> Response | FlaskResponse:
    """Give the file in the format that was chosen on the page."""
    kind = request.args.get("format", "csv")
    return {"xlsx": export_xlsx, "vcf": export_cards}.get(kind, export)()
