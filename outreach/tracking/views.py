"""Pages for tracking addresses that lead nowhere: what happened, and where to go on.

Addresses that lead somewhere never come here: `tracking.wsgi` answers them in front of Flask.
"""

from flask import Blueprint, Response, make_response, render_template, request

from outreach.core.db import db
from outreach.mailings.rendering.words import phrase
from outreach.tracking.answers import PIXEL
from outreach.tracking.links import Absence
from outreach.tracking.queries import withdrawn_document
from outreach.tracking.words import words_of
from outreach.tracking.wsgi import ABSENCE, VERSION
from outreach.web.access import public
from outreach.web.headers import without_trace
from outreach.web.i18n import page_language

blueprint = Blueprint("tracking", __name__, url_prefix="/t")


@blueprint.get("/o/<token>.gif")
@public
def picture(token: str) -> Response:
    """Answer with the picture of a letter; without the wrapper nothing is counted."""
    return without_trace(Response(PIXEL, mimetype="image/gif"))


@blueprint.get("/c/<token>/<number>")
@blueprint.get("/d/<token>/<number>")
@blueprint.get("/s/<token>")
@blueprint.get("/w/<token>")
@public
def missing(token: str, number: str = "") -> Response:
    """Say why a link of a letter leads nowhere, and lead on."""
    absence = request.environ.get(ABSENCE, Absence.UNKNOWN)
    if absence is Absence.AWAY:
        page = make_response(_page("away"), 503)
        page.headers["Retry-After"] = "30"
        return without_trace(page)
    version_id = request.environ.get(VERSION, 0)
    document = withdrawn_document(db.session(), version_id) if version_id else None
    if document is None:
        return without_trace(make_response(_page("unknown"), 404))
    return without_trace(make_response(_page("withdrawn", document=document)))


def _page(name: str, **values: object) -> str:
    language = page_language()
    return render_template(
        f"tracking/{name}.html",
        language=language,
        words=words_of(name, language),
        privacy_label=phrase("privacy", language),
        **values,
    )
