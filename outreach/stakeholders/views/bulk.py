"""Doing one thing to the people chosen in the list, or to all that a filter finds."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.stakeholders.bulk import Act, Bulk, do_to_many
from outreach.stakeholders.facets import choices
from outreach.stakeholders.filtering import ids_of
from outreach.stakeholders.views.blueprint import Answer, actor, blueprint
from outreach.stakeholders.views.people import filter_from, parameters
from outreach.web.access import requires
from outreach.web.filters import plural
from outreach.web.forms import tidy

MOST = 100_000


@dataclass(frozen=True)
class Asked:
    """What the list's form asks for."""

    act: Act
    value: str
    ids: list[int]
    is_everybody: bool
    """Whether all that the filter finds are meant, rather than the rows chosen."""


@blueprint.post("/bulk")
@requires("stakeholders.edit")
def bulk() -> Answer:
    """Ask what exactly, then do it."""
    asked = _asked()
    problem = ""
    if not asked.ids:
        flash("Choose people in the list first.", "warning")
        return redirect(url_for("stakeholders.overview", **parameters(filter_from(request.args))))
    if "confirmed" in request.form:
        try:
            return _done(asked)
        except Refusal as refusal:
            problem = str(refusal)
    page = render_template(
        "stakeholders/bulk.html",
        asked=asked,
        problem=problem,
        offered=choices(db.session()),
        parameters=parameters(filter_from(request.args)),
    )
    return page, 422 if problem else 200


def _asked() -> Asked:
    wanted = filter_from(request.args)
    is_everybody = request.form.get("scope") == "everybody"
    found = ids_of(db.session(), wanted, now=now()) if is_everybody else _chosen()
    if len(found) > MOST:
        raise Refusal(f"These are more than {MOST:,} people.", "Narrow the list with its filters.")
    known = {act.value for act in Act}
    act = request.form.get("act", "")
    value = tidy(request.form.get("value", ""))
    return Asked(Act(act) if act in known else Act.ADD_TAG, value, found, is_everybody)


def _chosen() -> list[int]:
    numbers = request.form.getlist("person", type=int)
    return [number for number in numbers[:1_000] if 0 < number < 2**31]


def _done(asked: Asked) -> Answer:
    with transaction() as session:
        batch = do_to_many(
            session,
            asked.ids,
            Bulk(asked.act, asked.value),
            now=now(),
            actor=actor(),
            actor_id=signed_in_user().id,
        )
        changed = batch.summary["counts"]["changed"]
    flash(
        f"{asked.act.label}: {plural(changed, 'person', 'people')} changed. "
        "It can be taken back for 30 days under “Imports and undo”.",
        "success",
    )
    return redirect(url_for("stakeholders.overview", **parameters(filter_from(request.args))))
