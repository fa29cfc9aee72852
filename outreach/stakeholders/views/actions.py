"""What staff do about a person's consent: record, withdraw, do not mail, release, erase.

Each is a page that asks (GET) and does (POST); a withdrawal needs no more than its button.
"""

from collections.abc import Callable, Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from outreach.accounts.guard import signed_in_user
from outreach.core.changes import Actor
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.projects.models import List
from outreach.projects.queries import lists_in_use
from outreach.stakeholders import consents
from outreach.stakeholders.addresses import masked
from outreach.stakeholders.forms import BASES, ConsentForm, EraseForm, ReasonForm
from outreach.stakeholders.frequency import choose_frequency
from outreach.stakeholders.models import Basis, ConsentState, Purpose, SuppressionReason
from outreach.stakeholders.profile import SUPPRESSION_LABELS, Profile, profile_of
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint, is_saved, to_person
from outreach.web.access import requires

PERSON = f"/<{ID}:stakeholder_id>"


_ENDS: Mapping[str, Callable[..., object]] = {
    Purpose.MEASUREMENT: consents.withdraw_measurement,
    Purpose.EVENT_INVITATION: consents.withdraw_invitations,
}
"""What is withdrawn by itself; anything else takes a person off the list."""


@blueprint.route(f"{PERSON}/consent", methods=["GET", "POST"])
@requires("stakeholders.edit")
def record_consent(stakeholder_id: int) -> Answer:
    """Record a consent, or another ground on which letters may go out."""
    profile = profile_of(db.session(), stakeholder_id)
    form = ConsentForm()
    form.offer(lists_in_use(db.session()))

    def save(session: Session) -> None:
        for purpose in form.purposes:
            consents.record_consent(
                session,
                stakeholder_id,
                int(form.list_id.data),
                purpose,
                ConsentState.ACTIVE,
                basis=Basis(form.basis.data),
                source=form.source.data or "",
                actor=actor(),
                now=now(),
            )

    if form.validate_on_submit() and is_saved(form, save):
        flash("Recorded in the consent history.", "success")
        return to_person(stakeholder_id)
    return _page("stakeholders/consent.html", form, profile, bases=BASES)


@blueprint.post(f"{PERSON}/withdraw")
@requires("stakeholders.edit")
def withdraw(stakeholder_id: int) -> Answer:
    """Take a person off a list, or end their measurement, because they asked staff to."""
    profile_of(db.session(), stakeholder_id)
    list_id = request.form.get("list_id", 0, type=int)
    # Larger numbers are no id, and no database would take them as one.
    if not 0 < list_id < 2**31 or db.session.get(List, list_id) is None:
        abort(400)
    end = _ENDS.get(request.form.get("purpose", ""), consents.leave_list)
    with transaction() as session:
        end(session, stakeholder_id, list_id, now=now(), actor=actor())
    flash("Withdrawn. It holds at once, also for a mailing being sent.", "success")
    return to_person(stakeholder_id)


@blueprint.post(f"{PERSON}/frequency")
@requires("stakeholders.edit")
def frequency(stakeholder_id: int) -> Answer:
    """Note how often a person wants letters, because they told staff."""
    profile_of(db.session(), stakeholder_id)
    often = request.form.get("often")
    if often not in ("monthly", "every"):
        abort(400)
    by = Actor(signed_in_user().id, actor())
    with transaction() as session:
        choose_frequency(
            session, stakeholder_id, at_most_monthly=often == "monthly", now=now(), actor=by
        )
    flash("Noted. It holds from the next mailing on.", "success")
    return to_person(stakeholder_id)


@blueprint.route(f"{PERSON}/do-not-mail", methods=["GET", "POST"])
@requires("stakeholders.edit")
def do_not_mail(stakeholder_id: int) -> Answer:
    """Put the address on the do-not-mail list."""
    profile = profile_of(db.session(), stakeholder_id)
    form = ReasonForm()

    def save(session: Session) -> None:
        consents.suppress(
            session,
            profile_of(session, stakeholder_id).person.fingerprint or "",
            SuppressionReason.BY_HAND,
            evidence=form.reason.data or "",
            actor=actor(),
            now=now(),
            stakeholder_id=stakeholder_id,
        )

    if form.validate_on_submit() and is_saved(form, save):
        flash("The address is on the do-not-mail list. It holds at once.", "success")
        return to_person(stakeholder_id)
    return _page("stakeholders/do_not_mail.html", form, profile)


@blueprint.route(f"{PERSON}/release", methods=["GET", "POST"])
@requires("stakeholders.edit")
def release(stakeholder_id: int) -> Answer:
    """Take the address off the do-not-mail list, with a reason."""
    profile = profile_of(db.session(), stakeholder_id)
    form = ReasonForm()

    def save(session: Session) -> None:
        fingerprint = profile_of(session, stakeholder_id).person.fingerprint or ""
        reason = form.reason.data or ""
        consents.release(session, fingerprint, reason=reason, actor=actor(), now=now())

    if form.validate_on_submit() and is_saved(form, save):
        flash("The address may be mailed again, where a consent allows it.", "success")
        return to_person(stakeholder_id)
    return _page("stakeholders/release.html", form, profile, labels=SUPPRESSION_LABELS)


@blueprint.route(f"{PERSON}/erase", methods=["GET", "POST"])
@requires("stakeholders.edit")
def erase(stakeholder_id: int) -> Answer:
    """Erase a person (GDPR Art. 17), after a typed word."""
    profile = profile_of(db.session(), stakeholder_id)
    form = EraseForm()

    def save(session: Session) -> None:
        here = state()
        consents.erase(
            session,
            stakeholder_id,
            now=now(),
            erasures=here.contributions.erasures,
            ring=here.ring,
            actor=actor(),
        )

    if form.validate_on_submit() and is_saved(form, save):
        flash("The person is erased, and no import can bring them back.", "success")
        return redirect(url_for("stakeholders.overview"))
    return _page("stakeholders/erase.html", form, profile, masked=masked(profile.person.email))


def _page(
    template: str, form: ConsentForm | ReasonForm | EraseForm, profile: Profile, **values: object
) -> Answer:
    page = render_template(template, form=form, profile=profile, person=profile.person, **values)
    return page, 422 if form.is_submitted() else 200
