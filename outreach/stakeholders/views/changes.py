"""What was done to many people at once, and taking it back."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.stakeholders import undoing
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.views.blueprint import ID, actor, blueprint
from outreach.web.access import requires
from outreach.web.filters import plural

SHOWN = 100
AT_ONCE = 4
"""So many groups are taken back while the browser waits; the worker does the others."""


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
    return render_template(
        "stakeholders/batches.html",
        batches=found,
        begun={batch.id: undoing.progress_of(batch) for batch in found},
        told={batch.id: _told(batch) for batch in found},
        oldest=now() - undoing.UNDO_WITHIN,
        zone=signed_in_user().zone,
        merged=_merged(found),
    )


def _merged(found: Sequence[ChangeSet]) -> dict[int, str]:
    """Return {merge's id: whose records were made one}; kept labels hold no name (GDPR Art. 17)."""
    kept = {batch.id: batch.summary["kept"] for batch in found if batch.kind is ChangeKind.MERGE}
    people = db.session.execute(
        select(Stakeholder.id, Stakeholder.name, Stakeholder.email).where(
            Stakeholder.id.in_(kept.values()), Stakeholder.erased_at.is_(None)
        )
    )
    names = {row.id: row.name or row.email or "" for row in people}
    return {batch_id: names.get(id_, "somebody erased since") for batch_id, id_ in kept.items()}


@blueprint.post(f"/batches/<{ID}:change_set_id>/undo")
@requires("stakeholders.edit")
def undo_batch(change_set_id: int) -> Response:
    """Take an import or a bulk action back: a small one at once, the rest of others in time."""
    done, is_all = undoing.undo_at_once(change_set_id, most=AT_ONCE, now=now(), actor=actor())
    if is_all:
        flash(f"Taken back: {_in_words(done) or _apart(change_set_id)}.", "success")
    else:
        flash("It is being taken back. You can leave this page: it goes on without it.", "info")
    return redirect(url_for("stakeholders.batches"))


@blueprint.get(f"/batches/<{ID}:change_set_id>/undo")
@requires("stakeholders.edit")
def undo_progress(change_set_id: int) -> str:
    """Give how far an undo is, for the page that shows it."""
    batch = db.session.get(ChangeSet, change_set_id)
    if batch is None or batch.kind not in undoing.UNDOABLE:
        raise NotFound
    page = "stakeholders/undo_progress.html"
    return render_template(page, undoing=undoing.progress_of(batch))


def _told(batch: ChangeSet) -> str:
    """Say what the undo of a batch did, where it is done."""
    done = undoing.undone(batch)
    return _in_words(done) if done else ""


def _in_words(done: undoing.Undone) -> str:
    gone = [
        (done.removed, "person", "people"),
        (done.organisations, "organisation", "organisations"),
        (done.tags, "tag", "tags"),
        (done.topics, "topic", "topics"),
    ]
    removed = ", ".join(plural(count, one, many) for count, one, many in gone if count)
    told = [
        (removed, f"{removed} removed"),
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
    return "; ".join(words for is_told, words in told if is_told)


def _apart(change_set_id: int) -> str:
    """Say what an undo did that changed no person: it parted two records, or nothing was left."""
    batch = db.session.get(ChangeSet, change_set_id)
    is_merge = batch is not None and batch.kind is ChangeKind.MERGE
    return "they are two records again" if is_merge else "nothing was left to take back"
