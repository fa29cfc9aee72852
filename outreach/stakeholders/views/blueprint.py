"""Where the staff routes of this room hang, and what its views share."""

from collections.abc import Callable

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.web.forms import Form

blueprint = Blueprint("stakeholders", __name__, url_prefix="/staff/stakeholders")
ID = "int(max=2147483647)"
"""Larger numbers are no id, and no database would take them as one."""
Answer = str | Response | tuple[str, int]


def actor() -> str:
    """Return the name under which the present user writes into ledger and change sets."""
    return signed_in_user().shown_name


def to_person(stakeholder_id: int) -> Response:
    """Lead to a person's page."""
    return redirect(url_for("stakeholders.person", stakeholder_id=stakeholder_id))


def is_saved(form: Form, save: Callable[[Session], object]) -> bool:
    """Save in a transaction; a refusal stands on the form instead, which keeps what was typed."""
    try:
        with transaction() as session:
            save(session)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        form.refusal = refusal
        return False
    return True
