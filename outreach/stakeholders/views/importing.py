"""Importing a file: upload, look, explain, run, report."""

from typing import BinaryIO, cast

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.countries import country_choices
from outreach.core.db import db
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.projects.models import List
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.forms import BASES
from outreach.stakeholders.import_forms import ACCEPTED, HINTS, ImportForm
from outreach.stakeholders.importing.batches import batch_of, fields_of, prepare, take_other_sheets
from outreach.stakeholders.importing.claimed import AT_ONCE, import_claimed, waiting_room
from outreach.stakeholders.importing.mapping import Field
from outreach.stakeholders.importing.origins import notice_due
from outreach.stakeholders.importing.reading import recognise, samples
from outreach.stakeholders.importing.running import preview
from outreach.stakeholders.importing.waiting import Waiting, WaitingRoom
from outreach.stakeholders.models import Basis
from outreach.stakeholders.roles import all_roles, plain_word
from outreach.stakeholders.views.blueprint import Answer, actor, blueprint
from outreach.web.access import requires

KEY = "/import/<key>"
LOOKED_AT = 20_000
"""So many rows are looked at before an import; all of them are imported."""
EXPLAINED = (Field.ROLES, Field.COUNTRY)
"""Fields whose unknown words staff can explain."""


@blueprint.route("/import", methods=["GET", "POST"])
@requires("stakeholders.edit")
def import_file() -> Answer:
    """Take in a file and ask how its people come to us and which list they may get."""
    form = ImportForm()
    form.offer(lists_in_use(db.session()), all_roles(db.session()))
    if form.validate_on_submit():
        user_id, who = signed_in_user().id, actor()
        upload = cast(BinaryIO, form.file.data.stream)
        waiting = _room().take_in(upload, lambda key: form.waiting(key, user_id, who))
        try:
            prepare(db.session(), _room(), waiting)
            return redirect(url_for("stakeholders.look_at_import", key=waiting.key))
        except Refusal as refusal:
            _room().discard(waiting)
            form.file.errors = [str(refusal)]
    page = render_template("stakeholders/import.html", form=form, hints=HINTS, accepted=ACCEPTED)
    return page, 422 if form.is_submitted() else 200


@blueprint.get(KEY)
@requires("stakeholders.edit")
def look_at_import(key: str) -> Answer:
    """Show how the columns were understood and what the import would do; changes nothing."""
    waiting = _mine(key)
    if waiting.report is not None or not _room().file(waiting).is_file():
        return redirect(url_for("stakeholders.import_report", key=key))
    path = _room().uploaded(waiting)
    table = recognise(path)
    problem, report, ring = "", None, state().ring
    try:
        batch = batch_of(waiting, path)
        report = preview(db.session(), db.engine, batch, ring=ring, at_most=LOOKED_AT)
    except Refusal as refusal:
        problem = str(refusal)
    fields = fields_of(waiting, table)
    return render_template(
        "stakeholders/import_preview.html",
        waiting=waiting,
        columns=list(zip(table.header, fields, samples(path, table), strict=True)),
        fields=list(Field),
        report=report,
        problem=problem,
        meanings=_meanings(),
        basis=BASES[Basis(waiting.basis)],
        is_unknown=waiting.basis == Basis.UNKNOWN,
        notice_due=notice_due(waiting.origin, now()),
        at_once=AT_ONCE,
        mailing_list=waiting.list_id and db.session.get(List, waiting.list_id),
    )


def _meanings() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """What an unknown word can mean: {field: (label, choices)}."""
    roles = [(role.slug, role.name.pick()) for role in all_roles(db.session())]
    return {
        Field.ROLES.value: ("role", roles),
        Field.COUNTRY.value: ("country", list(country_choices())),
    }


@blueprint.post(f"{KEY}/columns")
@requires("stakeholders.edit")
def choose_columns(key: str) -> Response:
    """Keep what staff chose for each column, and which sheets they want."""
    waiting = _mine(key)
    path = _room().uploaded(waiting)
    width = len(recognise(path).header)
    chosen = (request.form.get(f"column-{number}", "") for number in range(width))
    known = {field.value for field in Field}
    waiting = _room().change(
        waiting, fields=tuple(name if name in known else "" for name in chosen)
    )
    places = set(request.form.getlist("sheet", type=int))
    wanted = tuple(place for place in range(len(waiting.sheets)) if place in places)
    if wanted and wanted != waiting.chosen:
        take_other_sheets(_room(), waiting, wanted)
    return redirect(url_for("stakeholders.look_at_import", key=key))


@blueprint.post(f"{KEY}/words")
@requires("stakeholders.edit")
def explain_words(key: str) -> Response:
    """Keep what staff say that unknown words mean; "-" leaves a word out."""
    waiting = _mine(key)
    words = {name: dict(meanings) for name, meanings in waiting.words.items()}
    for field in EXPLAINED:
        said = zip(
            request.form.getlist(f"{field.value}-word"),
            request.form.getlist(f"{field.value}-means"),
            strict=False,
        )
        kept = words.setdefault(field.value, {})
        kept |= {plain_word(w)[:60]: "" if m == "-" else m[:40] for w, m in said if m}
    _room().change(waiting, words=words)
    return redirect(url_for("stakeholders.look_at_import", key=key))


@blueprint.post(f"{KEY}/run")
@requires("stakeholders.edit")
def run_import(key: str) -> Response:
    """Import the file and delete it; a long one is left to the worker."""
    waiting = _mine(key)
    batch_of(waiting, _room().uploaded(waiting))  # refuses what cannot be imported
    if waiting.rows > AT_ONCE:
        _room().queue(waiting)
    else:
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy
        import_claimed(app, _room(), waiting, _room().claim(waiting))
        flash("The file is imported, and the copy we had of it is deleted.", "success")
    return redirect(url_for("stakeholders.import_report", key=key))


@blueprint.get(f"{KEY}/report")
@requires("stakeholders.edit")
def import_report(key: str) -> str:
    """Show what an import did, or how far it is."""
    waiting = _mine(key)
    if waiting.report is None:
        progress = _room().progress(waiting)
        page = "stakeholders/import_progress.html"
        return render_template(page, waiting=waiting, progress=progress)
    return render_template(
        "stakeholders/import_report.html",
        waiting=waiting,
        report=waiting.report,
        basis=BASES[Basis(waiting.basis)],
        notice_due=notice_due(waiting.origin, now()),
    )


@blueprint.get(f"{KEY}/progress")
@requires("stakeholders.edit")
def import_progress(key: str) -> str:
    """Give the progress alone, for the page that shows it."""
    waiting = _mine(key)
    progress = _room().progress(waiting)
    page = "stakeholders/import_progress_part.html"
    return render_template(page, waiting=waiting, progress=progress)


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


def _room() -> WaitingRoom:
    return waiting_room(current_app)


def _mine(key: str) -> Waiting:
    return _room().find(key, signed_in_user().id)
