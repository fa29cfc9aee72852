"""One person under two addresses: suggestions, a look at what a merge would do, the merge."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.stakeholders import merging
from outreach.stakeholders.duplicates import said_two_people, say_two_people, suggestions
from outreach.stakeholders.models import TwoPeople
from outreach.stakeholders.views.blueprint import ID, actor, blueprint, to_person
from outreach.web.access import requires
from outreach.web.saving import keep, remove, stored


@blueprint.get("/duplicates")
@requires("stakeholders.edit")
def duplicates() -> str:
    """Suggest who may be one person."""
    session = db.session()
    return render_template(
        "stakeholders/duplicates.html",
        groups=suggestions(session),
        said=said_two_people(session),
        zone=signed_in_user().zone,
    )


@blueprint.post("/duplicates/two-people")
@requires("stakeholders.edit")
def two_people() -> Response:
    """Keep that two records are two people, and suggest them no more."""
    one, other = (_id_of(name) for name in ("one", "other"))

    def save(session: Session) -> TwoPeople:
        return say_two_people(session, one, other, actor=actor(), now=now())

    keep(f"Said that stakeholders {one} and {other} are two people", save)
    flash("Kept: they are two people, and not suggested again.", "success")
    return redirect(url_for("stakeholders.duplicates"))


@blueprint.post(f"/duplicates/<{ID}:said_id>/suggest-again")
@requires("stakeholders.edit")
def suggest_again(said_id: int) -> Response:
    """Take back that two records are two people."""
    said = stored(TwoPeople, said_id)
    label = f"Took back that stakeholders {said.one_id} and {said.other_id} are two people"
    remove(label, lambda session: session.delete(session.get_one(TwoPeople, said_id)), said)
    flash("Taken back: they are suggested again.", "success")
    return redirect(url_for("stakeholders.duplicates"))


def _id_of(name: str) -> int:
    """Return the id a form names; 0, which is nobody's, for what no database would take as one."""
    number = request.form.get(name, 0, type=int)
    return number if 0 < number < 2**31 else 0


@blueprint.get(f"/<{ID}:stakeholder_id>/merge/<{ID}:gone_id>")
@requires("stakeholders.edit")
def look_at_merge(stakeholder_id: int, gone_id: int) -> str:
    """Show what a merge would do; changes nothing."""
    found = merging.preview(db.session(), stakeholder_id, gone_id, now=now())
    return render_template("stakeholders/merge.html", found=found)


@blueprint.post(f"/<{ID}:stakeholder_id>/merge")
@requires("stakeholders.edit")
def merge(stakeholder_id: int) -> Response:
    """Merge a record into this one."""
    gone_id = _id_of("gone")
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
