"""One person under two addresses: suggestions, a look at what a merge would do, the merge."""

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.stakeholders import merging
from outreach.stakeholders.views.blueprint import ID, actor, blueprint, to_person
from outreach.web.access import requires


@blueprint.get("/duplicates")
@requires("stakeholders.edit")
def duplicates() -> str:
    """Suggest who may be one person."""
    found = merging.suggestions(db.session())
    return render_template("stakeholders/duplicates.html", groups=found)


@blueprint.get(f"/<{ID}:stakeholder_id>/merge/<{ID}:gone_id>")
@requires("stakeholders.edit")
def look_at_merge(stakeholder_id: int, gone_id: int) -> str:
    """Show what a merge would do; changes nothing."""
    found = merging.preview(db.session(), stakeholder_id, gone_id)
    return render_template("stakeholders/merge.html", found=found)


@blueprint.post(f"/<{ID}:stakeholder_id>/merge")
@requires("stakeholders.edit")
def merge(stakeholder_id: int) -> Response:
    """Merge a record into this one."""
    gone_id = request.form.get("gone", 0, type=int)
    with transaction() as session:
        merging.merge(
            session,
            stakeholder_id,
            gone_id,
            now=now(),
            actor=actor(),
            actor_id=signed_in_user().id,
        )
    flash("Merged. It can be taken back for 30 days under “Imports and undo”.", "success")
    return to_person(stakeholder_id)
