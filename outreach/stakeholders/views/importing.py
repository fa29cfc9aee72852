"""Importing a file: upload, look, run, report; and the list as a file."""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from flask import Response as FlaskResponse
from flask import (
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.projects.models import List
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.exporting import as_csv, people_rows
from outreach.stakeholders.forms import BASES, ImportForm
from outreach.stakeholders.importing.batches import batch_of, fields_of
from outreach.stakeholders.importing.mapping import Field
from outreach.stakeholders.importing.reading import recognise
from outreach.stakeholders.importing.running import preview, run
from outreach.stakeholders.importing.waiting import Waiting, WaitingRoom
from outreach.stakeholders.models import Basis
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.views.blueprint import Answer, actor, blueprint
from outreach.stakeholders.views.people import filter_from
from outreach.web.access import requires

KEY = "/import/<key>"


@blueprint.route("/import", methods=["GET", "POST"])
@requires("stakeholders.edit")
def import_file() -> Answer:
    """Take in a file and ask on which basis, from where and for which list its people come."""
    form = ImportForm()
    form.offer(lists_in_use(db.session()), all_roles(db.session()))
    if form.validate_on_submit():
        user_id = signed_in_user().id
        upload = cast(BinaryIO, form.file.data.stream)
        waiting = _room().take_in(upload, lambda key: form.waiting(key, user_id))
        try:
            recognise(_room().file(waiting))
            return redirect(url_for("stakeholders.look_at_import", key=waiting.key))
        except Refusal as refusal:
            _room().discard(waiting)
            form.file.errors = [str(refusal)]
    page = render_template("stakeholders/import.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.get(KEY)
@requires("stakeholders.edit")
def look_at_import(key: str) -> Answer:
    """Show how the columns were understood and what the import would do; changes nothing."""
    waiting = _mine(key)
    if waiting.report is not None:
        return redirect(url_for("stakeholders.import_report", key=key))
    path = _room().uploaded(waiting)
    table = recognise(path)
    problem, report = "", None
    try:
        report = preview(db.session(), db.engine, batch_of(waiting, path), ring=state().ring)
    except Refusal as refusal:
        problem = str(refusal)
    return render_template(
        "stakeholders/import_preview.html",
        waiting=waiting,
        columns=list(zip(table.header, fields_of(waiting, table), strict=True)),
        fields=list(Field),
        report=report,
        problem=problem,
        basis=BASES[Basis(waiting.basis)],
        mailing_list=waiting.list_id and db.session.get(List, waiting.list_id),
    )


@blueprint.post(f"{KEY}/columns")
@requires("stakeholders.edit")
def choose_columns(key: str) -> Response:
    """Keep what staff chose for each column."""
    waiting = _mine(key)
    width = len(recognise(_room().uploaded(waiting)).header)
    chosen = (request.form.get(f"column-{number}", "") for number in range(width))
    known = {field.value for field in Field}
    fields = tuple(name if name in known else "" for name in chosen)
    _room().change(waiting, fields=fields)
    return redirect(url_for("stakeholders.look_at_import", key=key))


@blueprint.post(f"{KEY}/run")
@requires("stakeholders.edit")
def run_import(key: str) -> Response:
    """Import the file, and delete it."""
    waiting = _mine(key)
    batch = batch_of(waiting, _room().uploaded(waiting))
    claimed = _room().claim(waiting)
    try:
        report = run(
            db.session(),
            db.engine,
            replace(batch, path=claimed),
            ring=state().ring,
            now=now(),
            actor=actor(),
            actor_id=signed_in_user().id,
            refused=_room().refused_file(waiting),
        )
    finally:
        claimed.unlink(missing_ok=True)
    _room().change(waiting, report=report.as_json())
    flash("The file is imported, and the copy we had of it is deleted.", "success")
    return redirect(url_for("stakeholders.import_report", key=key))


@blueprint.get(f"{KEY}/report")
@requires("stakeholders.edit")
def import_report(key: str) -> str:
    """Show what an import did."""
    waiting = _mine(key)
    if waiting.report is None:
        raise NotFound
    return render_template(
        "stakeholders/import_report.html", waiting=waiting, report=waiting.report
    )


@blueprint.get(f"{KEY}/refused.csv")
@requires("stakeholders.edit")
def refused_rows(key: str) -> Response:
    """Give the refused rows with their reasons, to be corrected and imported again."""
    path = _room().refused_file(_mine(key))
    if not path.is_file():
        raise NotFound
    return send_file(
        path, mimetype="text/csv", as_attachment=True, download_name="refused-rows.csv"
    )


@blueprint.get("/export.csv")
@requires("stakeholders.export")
def export() -> FlaskResponse:
    """Give the people of a filter as CSV."""
    rows = people_rows(db.session(), filter_from(request.args), now=now())
    answer = FlaskResponse(stream_with_context(as_csv(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="stakeholders.csv"'
    return answer


def _room() -> WaitingRoom:
    return WaitingRoom(Path(current_app.instance_path) / "imports")


def _mine(key: str) -> Waiting:
    return _room().find(key, signed_in_user().id)
