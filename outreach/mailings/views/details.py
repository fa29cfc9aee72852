"""The first step: what the mailing is called, what it announces and who it is for."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import may
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.mailings.audience import audience_of, count
from outreach.mailings.audience_form import People, asked_audience
from outreach.mailings.findings import Step
from outreach.mailings.forms import Choices, DetailsForm
from outreach.mailings.models import Mailing
from outreach.mailings.queries import (
    lists_to_choose,
    results_to_choose,
    roles_to_choose,
)
from outreach.mailings.services import edit_details
from outreach.mailings.testing_subjects import told_test
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    can_edit,
    mailing_in_reach,
    preflight,
    reach,
    steps_of,
)
from outreach.mailings.words import REASONS
from outreach.web.access import requires

Answer = str | Response | tuple[str, int]


@blueprint.get(f"/<{ID}:mailing_id>/details")
@requires("mailings.see")
def details(mailing_id: int) -> str:
    """Show details and audience."""
    mailing = mailing_in_reach(mailing_id)
    return _page(mailing, _form(mailing))


@blueprint.post(f"/<{ID}:mailing_id>/details")
@requires("mailings.edit")
def save_details(mailing_id: int) -> Answer:
    """Save details and audience."""
    mailing = mailing_in_reach(mailing_id)
    form = _form(mailing)
    if not form.validate_on_submit():
        return _page(mailing, form), 422
    try:
        _save(mailing, form)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return _page(mailing, form), refusal.status
    flash("Saved.", "success")
    goes_on = "go_on" in request.form
    return redirect(url_for(".content" if goes_on else ".details", mailing_id=mailing_id))


@blueprint.get(f"/<{ID}:mailing_id>/audience")
@requires("mailings.see")
def audience(mailing_id: int) -> str:
    """Count who gets it, as a fragment: for the saved audience, or for `?chosen=1` one asked of."""
    mailing = mailing_in_reach(mailing_id)
    roles = {role.id: role for role in roles_to_choose(db.session())}
    is_saved = "chosen" not in request.args
    wanted = audience_of(mailing) if is_saved else asked_audience(request.args, set(roles))
    return render_template(
        "mailings/audience.html",
        mailing=mailing,
        is_saved=is_saved or wanted == audience_of(mailing),
        may_see_people=may("stakeholders.see"),
        wanted=wanted,
        counted=count(db.session(), wanted, _asked_list(mailing), now()),
        roles=roles,
        reasons=REASONS,
    )


@blueprint.get(f"/<{ID}:mailing_id>/steps")
@requires("mailings.see")
def marked_steps(mailing_id: int) -> str:
    """Give the steps with their marks, as a fragment: pre-flight takes a moment."""
    mailing = mailing_in_reach(mailing_id)
    asked = request.args.get("at", "")
    current = Step(asked) if asked in set(Step) else None
    report = preflight(mailing)
    return render_template("mailings/steps.html", steps=steps_of(mailing, current, report))


def _form(mailing: Mailing) -> DetailsForm:
    session = db.session()
    choices = Choices(
        lists=lists_to_choose(session, reach()),
        results=results_to_choose(session, reach()),
        people=People.known(session, reach(), but=mailing.id),
    )
    return DetailsForm.of(mailing, audience_of(mailing), choices)


def _save(mailing: Mailing, form: DetailsForm) -> None:
    with transaction() as session:
        edit_details(
            session,
            mailing,
            form.details,
            audience=form.audience,
            languages=form.languages_spoken,
            lock_version=form.lock_version.data or 0,
            actor=actor(),
            now=now(),
        )


def _asked_list(mailing: Mailing) -> int:
    asked = request.args.get("list_id", type=int)
    offered = {each.id for each in lists_to_choose(db.session(), reach())}
    return asked if asked in offered else mailing.list_id


def _page(mailing: Mailing, form: DetailsForm) -> str:
    roles = roles_to_choose(db.session())
    return render_template(
        "mailings/details.html",
        mailing=mailing,
        form=form,
        test_told=told_test(mailing),
        can_edit=can_edit(mailing),
        steps=steps_of(mailing, Step.DETAILS),
        step=Step.DETAILS,
        examples={str(role.id): str(role.example) for role in roles},
    )
