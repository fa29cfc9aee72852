"""Settings of this room: how people are told from machines, and what is measured at all."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.tracking.measured import EXPLANATIONS, notice
from outreach.tracking.models import LabelRules
from outreach.tracking.relabelling import Preview, coverage, preview, put_in_force
from outreach.tracking.rule_forms import RulesForm
from outreach.tracking.rules import differences, load_rules
from outreach.web.access import requires

blueprint = Blueprint("counting", __name__, url_prefix="/staff/settings")
MOST_EDITIONS = 20


@blueprint.get("/counting")
@requires("settings.see")
def rules() -> str:
    """Show the rules by which requests are judged."""
    return _page(RulesForm.of(load_rules(db.session().connection())))


@blueprint.post("/counting")
@requires("settings.edit")
def change_rules() -> str | Response | tuple[str, int]:
    """Show what other rules would change, or put them in force."""
    present = load_rules(db.session().connection())
    form = RulesForm.of(present)
    if not form.validate_on_submit():
        return _page(form), 422
    wanted = form.rules(present.version)
    act = request.form.get("act", "")
    if not differences(present, wanted) and act != "rerun":
        form.form_errors.append("These are the rules in force. Change a setting first.")
        return _page(form), 422
    if act not in {"use", "rerun"}:
        return _page(form, preview(db.session(), wanted))
    actor = signed_in_user().shown_name
    with transaction() as session:
        put_in_force(session, wanted, by=actor, now=now(), is_rerun=act == "rerun")
    flash(
        "The rules are in force. All past requests are being judged anew; this takes a moment."
        if act == "rerun"
        else "The rules are in force for requests from now on.",
        "success",
    )
    return redirect(url_for(".rules"))


@blueprint.get("/measurement")
@requires("settings.see")
def measurement() -> str:
    """Say in plain words what is measured and why, ready for a privacy notice."""
    mode = state().settings.tracking.value
    return render_template(
        "tracking/measurement.html",
        mode=mode,
        explanations=EXPLANATIONS,
        notice=notice(mode, state().settings.base_url),
    )


def _page(form: RulesForm, shown: Preview | None = None) -> str:
    session = db.session()
    editions = session.scalars(
        select(LabelRules).order_by(LabelRules.version.desc()).limit(MOST_EDITIONS)
    ).all()
    return render_template(
        "tracking/rules.html",
        form=form,
        preview=shown,
        editions=editions,
        coverage=coverage(session),
        may_edit=may("settings.edit"),
    )
