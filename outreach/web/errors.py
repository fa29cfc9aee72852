"""Errors become pages in one place: what happened, what was kept, what to do."""

from pathlib import Path
from secrets import token_hex

import structlog
from flask import Flask, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.web.access import PUBLIC, entry_of
from outreach.web.i18n import page_language
from outreach.web.limits import TooMany
from outreach.web.phrasebook import read_phrases

log = structlog.get_logger()
Answer = tuple[str, int, dict[str, str]]
LARGEST_ID = 2**31 - 1
AWAY_SECONDS = "60"
"""When to come back while the database is away."""
OUT_OF_RANGE = "22003"
"""PostgreSQL's numeric_value_out_of_range."""
MET = ("23503", "23505")
"""PostgreSQL's foreign_key_violation and unique_violation."""


PHRASES = read_phrases(Path(__file__).parent / "error_phrases")
CODES = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
"""Those that have words of their own; any other speaks as its kind does."""
STAFF = "/staff"


def error_page(status: int, message: str = "", remedy: str = "", reference: str = "") -> Answer:
    """Render the page of `status`, in its own words unless others are given.

    The others are English: where the page speaks another language its own words stand in. What to
    do next is said even where only a message is given.
    """
    code = status if status in CODES else 500 if status >= 500 else 400
    language = _language()
    phrase = PHRASES.speaker(language)
    is_said = bool(message) and language == "en"
    page = render_template(
        "errors/page.html",
        language=language,
        skip=phrase("skip"),
        privacy_label=phrase("privacy"),
        title=phrase(f"title_{code}"),
        message=message if is_said else phrase(f"message_{code}"),
        remedy=(is_said and remedy) or phrase(f"remedy_{code}"),
        reference=phrase("number", number=reference) if reference else "",
        status=status,
    )
    return page, status, {"Vary": "Accept-Language"}


def _language() -> str:
    """Return the reader's language for a public page; pages of staff and partners are English."""
    view = current_app.view_functions.get(request.endpoint or "")
    entry = entry_of(view)
    is_public = entry.verb == PUBLIC if entry else not request.path.startswith(STAFF)
    return page_language() if is_public else "en"


def init_errors(app: Flask) -> None:
    """Answer refusals, HTTP errors and surprises of `app` with pages."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OverflowError, _too_large)
    app.register_error_handler(DataError, _too_large)
    app.register_error_handler(IntegrityError, _met_another)
    app.register_error_handler(InternalServerError, _surprise)


def _refused(error: Refusal) -> Answer:
    session = db.session()
    # What was only read may stay: forgotten, the user would be asked for once more by the page.
    if session.info.get("writes") or session.new or session.dirty or session.deleted:
        session.rollback()
    page, status, headers = error_page(error.status, error.message, error.remedy)
    waits = {"Retry-After": str(error.seconds)} if isinstance(error, TooMany) else {}
    return page, status, headers | waits


def _too_large(error: OverflowError | DataError) -> Answer:
    """Answer a number no database takes: in an address it is nothing, in a form a mistake.

    SQLite's driver raises OverflowError, PostgreSQL 22003; other data errors are surprises.
    """
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", "") != OUT_OF_RANGE:
        raise error
    db.session.rollback()
    numbers = [value for value in (request.view_args or {}).values() if isinstance(value, int)]
    return error_page(404 if any(number > LARGEST_ID for number in numbers) else 400)


def _met_another(error: IntegrityError) -> Answer:
    """Answer two changes that met: one took away or made what the other one named.

    What else a database refuses is our mistake, and a surprise.
    """
    state, said = getattr(error.orig, "sqlstate", ""), str(error.orig)
    if state not in MET and not said.startswith(("FOREIGN KEY ", "UNIQUE ")):
        raise error
    db.session.rollback()
    log.warning("two changes met", endpoint=request.endpoint, exc_info=error)
    return error_page(409)


def _form_expired(_error: CSRFError) -> Answer:
    return error_page(
        400,
        "This form had expired or came from another page, so nothing was changed.",
        "Go back, reload the page and send it again; what you typed is usually still there.",
    )


def _http_error(error: HTTPException) -> Answer | HTTPException:
    if error.code is None or error.code < 400:
        return error
    return error_page(error.code)


def _surprise(error: InternalServerError) -> Answer:
    db.session.rollback()
    reference = token_hex(4)
    log.error(
        "unexpected error",
        reference=reference,
        endpoint=request.endpoint,
        exc_info=error.original_exception,
    )
    if isinstance(error.original_exception, OperationalError):
        # The database is away, or locked for long: it passes, and readers may come back.
        page, status, headers = error_page(503, reference=reference)
        return page, status, headers | {"Retry-After": AWAY_SECONDS}
    return error_page(500, reference=reference)
