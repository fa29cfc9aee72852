"""What was done to many people at once, and taking it back."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.changes import ChangeSet
from outreach.core.clock import now
from outreach.core.collecting import without_collecting
from outreach.core.db import db, transaction
from outreach.stakeholders import undoing
from outreach.stakeholders.views.blueprint import ID, actor, blueprint
from outreach.web.access import requires
from outreach.web.filters import plural

SHOWN = 100


@blueprint.get("/batches")
@requires("stakeholders.edit")
def batches() -> str:
    """List imports and bulk actions, newest first."""
    found = db.session.scalars(
        select(ChangeSet)
        .where(ChangeSet.kind.in_(undoing.UNDOABLE))
        .order_by(ChangeSet.id.desc())
        .limit(SHOWN)
    ).all()
    oldest = now() - undoing.UNDO_WITHIN
    zone = signed_in_user().zone
    return render_template("stakeholders/batches.html", batches=found, oldest=oldest, zone=zone)


@blueprint.post(f"/batches/<{ID}:change_set_id>/undo")
@requires("stakeholders.edit")
def undo_batch(change_set_id: int) -> Response:
    """Take an import or a bulk action back."""
    with without_collecting(), transaction() as session:
        done = undoing.undo(session, change_set_id, now=now(), actor=actor())
    flash(f"Taken back: {_in_words(done)}.", "success")
    return redirect(url_for("stakeholders.batches"))


def _in_words(done: undoing.Undone) -> str:
    told = [
        (done.removed, f"{plural(done.removed, 'person', 'people')} removed"),
        (done.restored, f"{plural(done.restored, 'person', 'people')} as before"),
        (
            done.released,
            f"{plural(done.released, 'address', 'addresses')} off the do-not-mail list",
        ),
        (
            done.kept,
            f"{plural(done.kept, 'person', 'people')} kept, who had letters or changes since",
        ),
    ]
    return ", ".join(words for count, words in told if count) or "nothing was left to take back"
