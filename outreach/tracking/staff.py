"""Settings of this room: how people are told from machines, and what is measured at all."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.tracking.editions import editions, rules_of_edition
from outreach.tracking.measured import EXPLANATIONS, notice
from outreach.tracking.relabelling import Preview, coverage, preview, put_in_force
from outreach.tracking.rule_forms import RulesForm
from outreach.tracking.rules import differences, load_rules
from outreach.web.access import requires

blueprint = Blueprint("counting", __name__, url_prefix="/staff/settings")


@blueprint.get("/counting")
@requires("settings.see")
def rules() -> str:
    """Show the rules by which requests are judged, or those of an earlier edition to put back."""
    version = request.args.get("edition", type=int)
    if version is None:
        return _page(RulesForm.of(load_rules(db.session().connection())))
    return _page(RulesForm.of(rules_of_edition(db.session(), version)), put_back=version)


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
    is_new = bool(differences(present, wanted))
    if act == "use" and not is_new:
        form.form_errors.append("These are the rules in force. Change a setting first.")
        return _page(form), 422
    if act not in {"use", "rerun"}:
        return _page(form, preview(db.session(), wanted), is_new=is_new)
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


def _page(
    form: RulesForm,
    shown: Preview | None = None,
    *,
    is_new: bool = True,
    put_back: int | None = None,
) -> str:
    """Show the form; `is_new` tells whether it differs from what is in force."""
    return render_template(
        "tracking/rules.html",
        form=form,
        preview=shown,
        is_new=is_new,
        put_back=put_back,
        editions=editions(db.session()),
        coverage=coverage(db.session()),
        may_edit=may("settings.edit"),
    )
