"""The fourth step: what pre-flight found, and a test to oneself."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.mailings import links, sender_domain
from outreach.mailings.audience import audience_of
from outreach.mailings.blocks import load
from outreach.mailings.findings import Step
from outreach.mailings.gathering import gather
from outreach.mailings.models import Mailing
from outreach.mailings.overriding import answer_for
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
    preflight,
    steps_of,
)
from outreach.web.access import requires
from outreach.web.filters import language_name
from outreach.web.forms import choice, tidy

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


@blueprint.post(f"/<{ID}:mailing_id>/links")
@requires("mailings.edit")
def try_links(mailing_id: int) -> Response:
    """Ask for links and sender's domain to be tried; the worker does it, one after the other."""
    mailing = mailing_in_reach(mailing_id)
    try:
        letter = gather(
            db.session(), mailing, sender=outlet()["sender"], base_url=outlet()["base_url"]
        )
        addresses = links.outward(letter)
        with transaction() as session:
            links.ask(session, mailing, addresses, now=now())
            sender_domain.ask(session, letter.sender_address, now=now())
    except Refusal as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".checks", mailing_id=mailing_id, _anchor="links"))


@blueprint.get(f"/<{ID}:mailing_id>/links")
@requires("mailings.see")
def link_progress(mailing_id: int) -> str:
    """Say how far the trying is, as a fragment."""
    mailing = mailing_in_reach(mailing_id)
    return render_template(
        "mailings/links.html",
        mailing=mailing,
        is_fragment=True,
        progress=links.progress(db.session(), mailing_id),
        domain_waits=_domain_waits(mailing),
        outcomes=links.outcomes(db.session(), mailing_id),
    )


@blueprint.post(f"/<{ID}:mailing_id>/answers")
@requires("mailings.send")
def answer(mailing_id: int) -> Answer:
    """Answer for something pre-flight found, with a reason that is kept."""
    mailing = mailing_in_reach(mailing_id)
    code = tidy(request.form.get("code", ""))
    report = preflight(mailing)
    if not code or code not in {found.code for found in report.blocks}:
        raise NotFound("This is no longer in the way.", "Look at the checks again to see what is.")
    reason = tidy(request.form.get("reason", ""))
    try:
        with transaction() as session:
            answer_for(session, mailing, code, reason, actor=actor(), now=now())
    except Refusal as refusal:
        flash(str(refusal), "warning")
    else:
        flash("Your reason is kept with the mailing.", "success")
    return redirect(url_for(".checks", mailing_id=mailing_id))


def _sent(mailing: Mailing, form: TestForm) -> int:
    with transaction() as session:
        return send_test(
            session,
            mailing,
            form.testers,
            role_id=form.role_id.data or None,
            reads=form.reads.data or "",
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
    spoken = load(mailing.content).languages
    form.reads.choices = [choice(each, language_name(each)) for each in (mailing.language, *spoken)]
    return form


def _domain_waits(mailing: Mailing) -> bool:
    profile = mailing.mailing_list.sender_profile
    address = profile.from_address if profile else outlet()["sender"].email
    return sender_domain.is_waiting(db.session(), address)


def _page(mailing: Mailing, form: TestForm) -> str:
    report = preflight(mailing)
    return render_template(
        "mailings/checks.html",
        mailing=mailing,
        steps=steps_of(mailing, Step.CHECKS, report),
        step=Step.CHECKS,
        report=report,
        form=form,
        can_test=may_here("mailings.edit", mailing),
        can_answer=may_here("mailings.send", mailing),
        progress=links.progress(db.session(), mailing.id),
        domain_waits=_domain_waits(mailing),
        outcomes=links.outcomes(db.session(), mailing.id),
    )
