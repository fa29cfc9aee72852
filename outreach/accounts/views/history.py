"""The history of who did what, for administrators."""

from flask import render_template, request

from outreach.accounts.history import change_sets, changes_of
from outreach.accounts.views.blueprint import ID, blueprint
from outreach.core.changes import ChangeSet
from outreach.core.db import db
from outreach.web.access import requires
from outreach.web.pagination import cut, parse
from outreach.web.saving import stored


@blueprint.get("/history")
@requires("installation.see")
def history() -> str:
    """List what was done, the newest first."""
    words = request.args.get("q", "").replace("\0", "").strip()[:200]
    wanted = parse(request.args.get("page"), request.args.get("size"))
    rows, total = change_sets(db.session(), words, offset=wanted.offset, limit=wanted.limit)
    page = cut(rows, wanted, total=total)
    return render_template("accounts/history.html", page=page, words=words)


@blueprint.get(f"/history/<{ID}:change_set_id>")
@requires("installation.see")
def change_set(change_set_id: int) -> str:
    """Show what one step changed, field by field."""
    found = stored(ChangeSet, change_set_id)
    things, total = changes_of(db.session(), change_set_id)
    return render_template("accounts/change_set.html", change_set=found, things=things, total=total)
