"""Saved views: filters that a user keeps."""

from flask import flash, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.db import transaction
from outreach.core.errors import NotFound
from outreach.stakeholders.models import SavedView
from outreach.stakeholders.views.blueprint import ID, blueprint
from outreach.stakeholders.views.people import filter_from, parameters
from outreach.web.access import requires
from outreach.web.forms import tidy

MOST = 30


@blueprint.post("/views")
@requires("stakeholders.see")
def save_view() -> Response:
    """Keep the present filter under a name; the same name again replaces it."""
    chosen = parameters(filter_from(request.args))
    name = tidy(request.form.get("name", ""))[:80]
    user_id = signed_in_user().id
    if not name or not chosen:
        flash("A view needs a name, and a filter to keep.", "warning")
        return redirect(url_for("stakeholders.overview", **chosen))
    with transaction() as session:
        own = session.scalars(select(SavedView).where(SavedView.user_id == user_id)).all()
        found = next((view for view in own if view.name == name), None)
        if found is None and len(own) < MOST:
            session.add(found := SavedView(user_id=user_id, name=name))
        if found is not None:
            found.parameters = {key: _plain(value) for key, value in chosen.items()}
    if found is None:
        flash(f"You keep {MOST} views already: delete one first.", "warning")
    else:
        flash(f"The view “{name}” is kept above the list.", "success")
    return redirect(url_for("stakeholders.overview", **chosen))


def _plain(value: object) -> object:
    return [str(part) for part in value] if isinstance(value, tuple) else value


@blueprint.post(f"/views/<{ID}:view_id>/delete")
@requires("stakeholders.see")
def delete_view(view_id: int) -> Response:
    """Forget a view of one's own."""
    with transaction() as session:
        found = session.get(SavedView, view_id)
        if found is None or found.user_id != signed_in_user().id:
            raise NotFound
        session.delete(found)
    flash("The view is deleted; its people are not.", "success")
    return redirect(url_for("stakeholders.overview"))
