"""Errors become pages in one place: what happened, what was kept, what to do."""

from dataclasses import dataclass
from secrets import token_hex

import structlog
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError

from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.web.limits import TooMany

log = structlog.get_logger()
Answer = tuple[str, int]
LARGEST_ID = 2**31 - 1
OUT_OF_RANGE = "22003"
"""PostgreSQL's numeric_value_out_of_range."""


@dataclass(frozen=True)
class Wording:
    """How an error page speaks."""

    title: str
    message: str
    remedy: str


WORDINGS = {
    400: Wording(
        "This request could not be read",
        "Something in the address or the form was not as we expect it. Nothing was changed.",
        "Go back, check what you entered and try again.",
    ),
    401: Wording(
        "Please sign in", "This page needs you to be signed in.", "Sign in and try again."
    ),
    403: Wording(
        "This page is not open to you",
        "Your access does not include it. Nothing was changed.",
        "Ask an administrator if you need it.",
    ),
    404: Wording(
        "There is nothing here",
        "The address may be mistyped, or what was here has moved.",
        "Start again from the first page.",
    ),
    405: Wording(
        "This cannot be done that way",
        "Nothing was changed.",
        "Go back and use the page's buttons.",
    ),
    409: Wording("This has changed in between", "Nothing was changed.", "Reload the page."),
    413: Wording(
        "This is too large", "Nothing was kept of it.", "Choose a smaller file and try again."
    ),
    422: Wording("This cannot be done", "Nothing was changed.", "Go back and correct it."),
    429: Wording("Too many tries", "For safety we wait a little.", "Wait a minute and try again."),
    500: Wording(
        "Something went wrong on our side",
        "What you had saved before is safe.",
        "Try again; if it happens again, tell your administrator the number below.",
    ),
    503: Wording(
        "Not available for a moment", "What you had saved is safe.", "Try again in a minute."
    ),
}


def error_page(status: int, message: str = "", remedy: str = "", reference: str = "") -> Answer:
    """Render the page of `status`, in its own words unless others are given."""
    wording = WORDINGS.get(status, WORDINGS[500 if status >= 500 else 400])
    template = f"errors/{status if status in WORDINGS else 400}.html"
    page = render_template(
        [template, "errors/400.html"],
        title=wording.title,
        message=message or wording.message,
        remedy=remedy or ("" if message else wording.remedy),
        reference=reference,
        status=status,
    )
    return page, status


def init_errors(app: Flask) -> None:
    """Answer refusals, HTTP errors and surprises of `app` with pages."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OverflowError, _too_large)
    app.register_error_handler(DataError, _too_large)
    app.register_error_handler(InternalServerError, _surprise)


def _refused(error: Refusal) -> Answer | tuple[str, int, dict[str, str]]:
    db.session.rollback()
    page = error_page(error.status, error.message, error.remedy)
    return (*page, {"Retry-After": str(error.seconds)}) if isinstance(error, TooMany) else page


def _too_large(error: OverflowError | DataError) -> Answer:
    """Answer a number no database takes: in an address it is nothing, in a form a mistake.

    SQLite's driver raises OverflowError, PostgreSQL 22003; other data errors are surprises.
    """
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", "") != OUT_OF_RANGE:
        raise error
    db.session.rollback()
    numbers = [value for value in (request.view_args or {}).values() if isinstance(value, int)]
    return error_page(404 if any(number > LARGEST_ID for number in numbers) else 400)


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
    return error_page(500, reference=reference)
