"""Where the staff routes of this room hang, and how its views load and save."""

from collections.abc import Callable

from flask import Blueprint
from sqlalchemy.orm import Session

from outreach.accounts.guard import scope
from outreach.core.db import Base, db
from outreach.core.errors import NotFound, Refusal
from outreach.results.models import Document, DocumentVersion, Result
from outreach.results.queries import result_with_documents
from outreach.web.forms import Form
from outreach.web.markdown import render_markdown
from outreach.web.saving import keep

blueprint = Blueprint("results", __name__, url_prefix="/staff/results")
blueprint.add_app_template_filter(render_markdown, "markdown")
ID = "int(max=2147483647)"
"""Larger numbers are no id, and no database would take them as one."""


def result_in_reach(result_id: int) -> Result:
    """Return a result the present user may see; raises NotFound for any other."""
    found = db.session.scalars(result_with_documents().where(Result.id == result_id)).one_or_none()
    if found is None or not scope().covers(found.project_id):
        raise NotFound
    return found


def document_in_reach(result_id: int, document_id: int) -> Document:
    """Return a document of that result; raises NotFound unless the user may see it."""
    found = {document.id: document for document in result_in_reach(result_id).documents}
    if document_id not in found:
        raise NotFound
    return found[document_id]


def version_in_reach(result_id: int, document_id: int, version_id: int) -> DocumentVersion:
    """Return a version of that document; raises NotFound unless the user may see it."""
    versions = document_in_reach(result_id, document_id).versions
    found = {version.id: version for version in versions}
    if version_id not in found:
        raise NotFound
    return found[version_id]


def is_saved(
    form: Form, label: str, save: Callable[[Session], Base], thing: Base | None = None
) -> bool:
    """Save and write `label` into the history; a refusal stands on the form instead."""
    try:
        keep(label, save, thing)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return False
    return True


def do(label: str, thing: Result | Document, step: Callable[[Session], None]) -> None:
    """Do a step with a result or document and write `label` and its title into the history."""

    def save(session: Session) -> Base:
        step(session)
        return thing

    keep(f"{label} {thing.title}", save, thing)
