"""The list as a file."""

from flask import Response as FlaskResponse
from flask import request, stream_with_context

from outreach.core.clock import now
from outreach.core.db import db
from outreach.stakeholders.exporting import as_csv, people_rows
from outreach.stakeholders.views.blueprint import blueprint
from outreach.stakeholders.views.people import filter_from
from outreach.web.access import requires


@blueprint.get("/export.csv")
@requires("stakeholders.export")
def export() -> FlaskResponse:
    """Give the people of a filter as CSV."""
    rows = people_rows(db.session(), filter_from(request.args), now=now())
    answer = FlaskResponse(stream_with_context(as_csv(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="stakeholders.csv"'
    return answer
