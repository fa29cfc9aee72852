"""As whom a letter is looked at, and that the composer keeps it from page to page."""

from typing import Any

from flask import request

from outreach.accounts.guard import may
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.mailings.queries import Person, person
from outreach.mailings.views.blueprint import blueprint

_COMPOSER = frozenset(
    f"{blueprint.name}.{name}"
    for name in (
        "content",
        "add_block",
        "save_block",
        "move_block",
        "place_block",
        "step_back",
        "duplicate_block",
        "remove_block",
        "show_block_to",
        "say_otherwise",
        "let_block_belong",
        "add_result",
    )
)


def reader_asked() -> Person | None:
    """Return the reader asked for; raises NotFound for who may not see people, as for nobody."""
    asked = request.args.get("person", type=int)
    if asked is None:
        return None
    found = person(db.session(), asked, now=now()) if 0 < asked < 2**31 else None
    if found is None or not may("stakeholders.see"):
        raise NotFound
    return found


@blueprint.url_defaults
def keep_reader(endpoint: str, values: dict[str, Any]) -> None:
    """Let every link and form of the composer lead on with the reader it is looked at as."""
    if endpoint in _COMPOSER and request and request.endpoint in _COMPOSER:
        values.setdefault("person", request.args.get("person", type=int))
