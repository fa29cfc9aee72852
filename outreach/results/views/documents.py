"""Documents of a result: adding, editing, versions, order, archiving, and staff's own look."""

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import Base, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.results import services
from outreach.results.forms import DocumentForm, NewDocumentForm, VersionForm
from outreach.results.models import Document, DocumentVersion
from outreach.results.storage import FileKind, Stored, path_of, store
from outreach.results.views.blueprint import (
    ID,
    blueprint,
    do,
    document_in_reach,
    is_saved,
    result_in_reach,
    version_in_reach,
)
from outreach.web.access import requires
from outreach.web.forms import Form

Answer = str | Response | tuple[str, int]
DOCUMENT = f"/<{ID}:result_id>/documents/<{ID}:document_id>"


@blueprint.route(f"/<{ID}:result_id>/documents/new", methods=["GET", "POST"])
@requires("results.edit")
def new_document(result_id: int) -> Answer:
    """Add a document with its first version."""
    found = result_in_reach(result_id)
    form = NewDocumentForm()

    def save(session: Session, stored: Stored | None) -> Document:
        version = form.version(stored)
        return services.add_document(session, found, form.words, version, now=now())

    label = f"Added a document to {found.title}"
    if form.validate_on_submit() and _is_kept(form, label, save):
        flash("The document is added.", "success")
        return redirect(url_for("results.result", result_id=result_id))
    return _form("results/new_document.html", form, result=found)


@blueprint.route(f"{DOCUMENT}/edit", methods=["GET", "POST"])
@requires("results.edit")
def edit_document(result_id: int, document_id: int) -> Answer:
    """Change a document's words."""
    found = document_in_reach(result_id, document_id)
    form = DocumentForm.of(found)

    def save(session: Session) -> Document:
        services.edit_document(session, found, form.words, now=now())
        return found

    label = f"Changed the document {found.title}"
    if form.validate_on_submit() and is_saved(form, label, save, found):
        flash("The document is saved.", "success")
        return redirect(url_for("results.result", result_id=result_id))
    return _form("results/edit_document.html", form, document=found)


@blueprint.route(f"{DOCUMENT}/versions/new", methods=["GET", "POST"])
@requires("results.edit")
def new_version(result_id: int, document_id: int) -> Answer:
    """Add a version of a document."""
    found = document_in_reach(result_id, document_id)
    form = VersionForm()

    def save(session: Session, stored: Stored | None) -> DocumentVersion:
        return services.add_version(session, found, form.version(stored), now=now())

    label = f"Added a version of {found.title}"
    if form.validate_on_submit() and _is_kept(form, label, save):
        flash("The version is added. Letters that were sent keep theirs.", "success")
        return redirect(url_for("results.result", result_id=result_id))
    return _form("results/new_version.html", form, document=found)


@blueprint.get(f"{DOCUMENT}/versions/<{ID}:version_id>")
@requires("results.see")
def file(result_id: int, document_id: int, version_id: int) -> FlaskResponse:
    """Let staff look at a file themselves; this is no download and is not counted."""
    version = version_in_reach(result_id, document_id, version_id)
    if version.file is None:
        raise NotFound
    path = path_of(state().settings.documents, version.file.sha256)
    if not path.is_file():
        raise NotFound("The file is not in the folder of documents.", "Restore it from a backup.")
    return send_file(
        path,
        mimetype=version.file.content_type,
        as_attachment=True,
        download_name=version.filename,
        etag=version.file.sha256,
    )


@blueprint.post(f"{DOCUMENT}/<any(up, down):direction>")
@requires("results.edit")
def move(result_id: int, document_id: int, direction: str) -> Response:
    """Let a document change places with the one before or after it."""
    found = document_in_reach(result_id, document_id)
    with transaction() as session:
        services.move_document(session, found, up=direction == "up", now=now())
    return redirect(url_for("results.result", result_id=result_id, _anchor="documents"))


@blueprint.post(f"{DOCUMENT}/archive")
@requires("results.edit")
def archive_document(result_id: int, document_id: int) -> Response:
    """Take a document out of the lists."""
    found = document_in_reach(result_id, document_id)
    do("Archived the document", found, lambda session: services.archive(session, found, now=now()))
    flash("The document is archived. Letters that were sent still lead to it.", "success")
    return redirect(url_for("results.result", result_id=result_id))


@blueprint.post(f"{DOCUMENT}/restore")
@requires("results.edit")
def restore_document(result_id: int, document_id: int) -> Response:
    """Put an archived document back."""
    found = document_in_reach(result_id, document_id)
    do("Restored the document", found, lambda session: services.restore(session, found, now=now()))
    flash("The document is back among the others.", "success")
    return redirect(url_for("results.result", result_id=result_id))


def _is_kept(form: VersionForm, label: str, save: Callable[[Session, Stored | None], Base]) -> bool:
    """Store the upload first, so that no transaction waits for it; then save."""
    try:
        stored = _stored(form)
    except Refusal as refusal:
        complaint = f"{refusal} Everything else you typed is kept."
        form.upload.errors = [*form.upload.errors, complaint]
        return False
    return is_saved(form, label, lambda session: save(session, stored))


def _stored(form: VersionForm) -> Stored | None:
    if not form.has_file:
        return None
    folder = state().settings.documents
    return store(form.upload.data.stream, folder, kind=FileKind.PDF)


def _form(template: str, form: Form, **values: object) -> tuple[str, int]:
    """Show a form, refused (422) when it was sent."""
    return render_template(template, form=form, **values), 422 if form.is_submitted() else 200
