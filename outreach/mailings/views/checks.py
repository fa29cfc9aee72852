"""The fourth step: what pre-flight found, and a test to oneself."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.mailings.audience import audience_of
from outreach.mailings.findings import Step
from outreach.mailings.models import Mailing
from outreach.mailings.preflight import check
from outreach.mailings.queries import roles_to_choose
from outreach.mailings.sending_forms import TestForm
from outreach.mailings.testing import send_test
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    mailing_in_reach,
    may_here,
    outlet,
    steps_of,
)
from outreach.web.access import requires
from outreach.web.forms import choice

Answer = str | Response | tuple[str, int]


@blueprint.get(f"/<{ID}:mailing_id>/checks")
@requires("mailings.see")
def checks(mailing_id: int) -> str:
    """Show what keeps it from being sent, what to look at, and the form for a test."""
    mailing = mailing_in_reach(mailing_id)
    return _page(mailing, _form(mailing))


@blueprint.post(f"/<{ID}:mailing_id>/test")
@requires("mailings.edit")
def test(mailing_id: int) -> Answer:
    """Send a test to the named addresses."""
    mailing = mailing_in_reach(mailing_id)
    form = _form(mailing)
    if not form.validate_on_submit():
        return _page(mailing, form), 422
    try:
        count = _sent(mailing, form)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return _page(mailing, form), refusal.status
    flash(
        f"The test is on its way to {count} {'address' if count == 1 else 'addresses'}.", "success"
    )
    return redirect(url_for(".checks", mailing_id=mailing_id))


def _sent(mailing: Mailing, form: TestForm) -> int:
    with transaction() as session:
        return send_test(
            session,
            mailing,
            form.testers,
            role_id=form.role_id.data or None,
            **outlet(),
            actor=actor(),
            now=now(),
        )


def _form(mailing: Mailing) -> TestForm:
    roles = roles_to_choose(db.session())
    chosen = audience_of(mailing).role_ids
    first = next((role.id for role in roles if role.id in chosen), 0)
    form = TestForm(data={"addresses": signed_in_user().email, "role_id": first})
    named = [choice(str(role.id), str(role.name)) for role in roles]
    form.role_id.choices = [*named, choice("0", "Somebody without a role")]
    return form


def _page(mailing: Mailing, form: TestForm) -> str:
    report = check(db.session(), mailing, **outlet(), now=now())
    return render_template(
        "mailings/checks.html",
        mailing=mailing,
        steps=steps_of(mailing, Step.CHECKS, report),
        step=Step.CHECKS,
        report=report,
        form=form,
        can_test=may_here("mailings.edit", mailing),
    )
