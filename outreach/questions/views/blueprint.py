"""What the views of the room share: the blueprint, and how far the present user reaches."""

from collections.abc import Collection

from flask import Blueprint

from outreach.accounts.guard import scope

blueprint = Blueprint("questions", __name__, url_prefix="/staff/questions")
NUMBER = "<int(max=2147483647):question_id>"
"""A question's number in an address; a larger one is in no database of ours."""
ENTRY = "<int(max=2147483647):entry_id>"


def reach() -> Collection[int] | None:
    """Return the projects in which the user may use the route's verb; None: in all."""
    found = scope()
    return None if found.is_everywhere else found.project_ids
