"""The last step and what follows: the promise, its confirmation, and the acts on a mailing."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.mailings import archive as archive_of
from outreach.mailings import schedule as acts
from outreach.mailings import services
from outreach.mailings.findings import Report, Step
from outreach.mailings.freezing import thaw
from outreach.mailings.headcount import headcount_to_go_on, take_headcount
from outreach.mailings.local_plan import plan
from outreach.mailings.log import told
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.moments import DueTime, NotSchedulable, due_time
from outreach.mailings.pacing import forecast
from outreach.mailings.queries import log_of, roles_to_choose
from outreach.mailings.review_links import DAYS
from outreach.mailings.reviewing import is_seconded, last_asked
from outreach.mailings.sending_forms import PauseForm, ScheduleForm
from outreach.mailings.templates import owners_of
from outreach.mailings.testing_subjects import told_test
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    can_edit,
    mailing_in_reach,
    may_here,
    outlet,
    preflight,
    reach,
    steps_of,
    url_of,
    zone,
)
from outreach.mailings.views.review_links import comments_shown, links_shown
from outreach.mailings.words import REASONS
from outreach.projects.queries import needs_approval
from outreach.web.access import requires
from outreach.web.filters import wall_datetime

Answer = str | Response | tuple[str, int]
IMMINENT = timedelta(minutes=1)
"""A promised mailing this near its moment is followed live, like one that is leaving."""
AT_WORK = frozenset({MailingState.SENDING, MailingState.PAUSED, MailingState.SENT})


@blueprint.get(f"/<{ID}:mailing_id>")
@requires("mailings.see")
def mailing(mailing_id: int) -> str:
    """Show where a mailing stands, and what can be done with it now."""
    found = mailing_in_reach(mailing_id)
    has_begun = found.started_at is not None
    progress = url_of("delivery.progress", "delivery.progress_of", mailing_id=mailing_id)
    is_imminent = (
        found.state is MailingState.SCHEDULED
        and found.due_at is not None
        and found.due_at <= now() + IMMINENT
    )
    return render_template(
        "mailings/mailing.html",
        mailing=found,
        states=MailingState,
        steps=steps_of(found, None) if found.is_editable else [],
        log=log_of(db.session(), mailing_id),
        told=told,
        progress_url=progress if has_begun or is_imminent else None,
        is_imminent=is_imminent,
        test_url=url_of("reports.subject_test", mailing_id=mailing_id)
        if has_begun and found.subject_test
        else None,
        report_url=url_of("reports.mailing", mailing_id=mailing_id) if has_begun else None,
        can_edit=can_edit(found),
        can_send=may_here("mailings.send", found),
        may_edit=may_here("mailings.edit", found),
        pause=PauseForm(formdata=None),
        variants=_variants(found),
        languages=_languages(found),
        asked=last_asked(db.session(), mailing_id),
        me=actor(),
        is_approved=found.state is MailingState.IN_REVIEW and is_seconded(db.session(), found),
        needs_approval=needs_approval(db.session(), found.list_id),
        review_links=links_shown(found),
        comments=comments_shown(found),
        review_days=DAYS,
        template_owners=list(owners_of(db.session(), found, reach())),
        zone=zone(),
        now=now(),
    )


@blueprint.get(f"/<{ID}:mailing_id>/schedule")
@requires("mailings.see")
def schedule(mailing_id: int) -> str:
    """Ask when, beside who gets it."""
    found = mailing_in_reach(mailing_id)
    return _schedule_page(found, ScheduleForm.of(found, zone(), now=now()))


@blueprint.post(f"/<{ID}:mailing_id>/schedule")
@requires("mailings.send")
def ask_to_confirm(mailing_id: int) -> Answer:
    """Repeat count, local time, zone and UTC before anything is promised."""
    found = mailing_in_reach(mailing_id)
    form = ScheduleForm.of(found, zone(), now=now())
    due = _due(form)
    report = preflight(found)
    if form.errors or report.blocks or not found.is_editable:
        return _schedule_page(found, form, report), 422
    return render_template(
        "mailings/confirm_schedule.html",
        mailing=found,
        form=form,
        due=due,
        report=report,
        roles={role.id: role for role in roles_to_choose(db.session())},
        reasons=REASONS,
        zone=zone(),
        forecast=forecast(
            db.session(),
            found,
            report.audience.recipients,
            settings=state().settings,
            sender=outlet()["sender"],
            begins=due.at if due else now(),
            now=now(),
        ),
        test_told=told_test(found),
        local=plan(db.session(), found, due, now=now()) if due and form.is_local.data else None,
    )


@blueprint.post(f"/<{ID}:mailing_id>/schedule/confirm")
@requires("mailings.send")
def confirm_schedule(mailing_id: int) -> Answer:
    """Promise it."""
    found = mailing_in_reach(mailing_id)
    form = ScheduleForm.of(found, zone(), now=now())
    if not form.validate_on_submit():
        return _schedule_page(found, form), 422
    try:
        due = _promise(found, form)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return _schedule_page(found, form), refusal.status
    is_now = form.moment is None
    where = "where each reader is" if form.is_local.data else due.zone
    at = wall_datetime(due.local, where)
    flash("It goes out now." if is_now else f"It goes out on {at}.", "success")
    return redirect(url_for(".mailing", mailing_id=mailing_id))


@blueprint.post(f"/<{ID}:mailing_id>/unschedule")
@requires("mailings.send")
def unschedule(mailing_id: int) -> Response:
    """Make it a draft again."""
    return _act(mailing_id, acts.unschedule, "It is a draft again and will not go out.")


@blueprint.post(f"/<{ID}:mailing_id>/pause")
@requires("mailings.send")
def pause(mailing_id: int) -> Response:
    """Hold it back."""
    reason = PauseForm().reason.data or "Paused by hand."

    def held(session: Session, found: Mailing, **by: object) -> None:
        acts.pause(session, found, reason=reason, **by)  # type: ignore[arg-type]  # actor and now

    return _act(mailing_id, held, "It is paused. No further letter leaves.")


@blueprint.post(f"/<{ID}:mailing_id>/resume")
@requires("mailings.send")
def resume(mailing_id: int) -> Response:
    """Go on."""
    counted = headcount_to_go_on(db.session(), mailing_in_reach(mailing_id), now=now())
    return _act(mailing_id, partial(acts.resume, headcount=counted), "It goes on.")


@blueprint.get(f"/<{ID}:mailing_id>/cancel")
@requires("mailings.send")
def ask_to_cancel(mailing_id: int) -> str:
    """Say what cancelling means before it is done."""
    found = mailing_in_reach(mailing_id)
    made = [
        each.made(db.session(), mailing_id, now=now()) for each in state().contributions.letters
    ]
    letters = next((one for one in made if one), None)
    return render_template(
        "mailings/confirm_cancel.html",
        mailing=found,
        letters=letters,
        audience=None if letters else take_headcount(db.session(), found, now=now()).audience,
        zone=zone(),
    )


@blueprint.post(f"/<{ID}:mailing_id>/cancel")
@requires("mailings.send")
def cancel(mailing_id: int) -> Response:
    """Give it up for good."""
    return _act(mailing_id, acts.cancel, "It is cancelled. No further letter leaves.")


@blueprint.post(f"/<{ID}:mailing_id>/publish")
@requires("mailings.send")
def publish(mailing_id: int) -> Response:
    """Let everybody read it in the public archive, or take it out of there."""
    if "withdraw" in request.form:
        return _act(mailing_id, archive_of.unpublish, "It is no longer in the public archive.")
    variant, languages = request.form.get("variant", ""), request.form.getlist("languages")

    def published(session: Session, found: Mailing, **by: object) -> None:
        archive_of.publish(session, found, variant=variant, languages=languages, **by)  # type: ignore[arg-type]  # actor and now

    return _act(mailing_id, published, "Everybody can read it in the public archive now.")


@blueprint.post(f"/<{ID}:mailing_id>/archive")
@requires("mailings.edit")
def archive(mailing_id: int) -> Response:
    """Put it away, or take it back with `restore`."""
    if "restore" in request.form:
        return _act(mailing_id, services.restore, "It is back in the list.")
    said = "It is put away: out of the list, not out of the reports. A filter of the list shows it."
    return _act(mailing_id, services.archive, said)


def _variants(found: Mailing) -> list[tuple[str, str]]:
    """Return what of a mailing can be published: what each role got, and everybody else."""
    if found.revision is None:
        return []
    letter = thaw(found.revision)
    names = {role.slug: role.name for role in letter.roles.values()}
    own = [each for each in letter.variants if each.language == letter.language]
    return [("" if not v.role else v.key, names.get(v.role, "Everybody else")) for v in own]


def _languages(found: Mailing) -> list[str]:
    """Return the languages a mailing was sent in, its own first."""
    if found.revision is None:
        return []
    letter = thaw(found.revision)
    return list(dict.fromkeys((letter.language, *letter.translations)))


def _act(mailing_id: int, act: Callable[..., None], said: str) -> Response:
    found = mailing_in_reach(mailing_id)
    with transaction() as session:
        act(session, found, actor=actor(), now=now())
    flash(said, "success")
    return redirect(url_for(".mailing", mailing_id=mailing_id))


def _due(form: ScheduleForm) -> DueTime | None:
    """Return the moment that was chosen; None for now, or when the form says why it cannot be."""
    if not form.validate_on_submit() or form.moment is None:
        return None
    try:
        return due_time(form.moment, now=now())
    except NotSchedulable as refusal:
        form.form_errors.append(str(refusal))
        return None


def _promise(found: Mailing, form: ScheduleForm) -> DueTime:
    is_local = bool(form.is_local.data)
    counted = take_headcount(db.session(), found, is_local=is_local, now=now())
    with transaction() as session:
        return acts.schedule(
            session,
            found,
            form.moment,
            zone=zone(),
            is_local=is_local,
            **outlet(),
            actor=actor(),
            now=now(),
            headcount=counted,
        )


def _schedule_page(found: Mailing, form: ScheduleForm, report: Report | None = None) -> str:
    report = report or preflight(found)
    return render_template(
        "mailings/schedule.html",
        mailing=found,
        steps=steps_of(found, Step.SCHEDULE, report),
        step=Step.SCHEDULE,
        report=report,
        form=form,
        roles={role.id: role for role in roles_to_choose(db.session())},
        reasons=REASONS,
        may_send=may_here("mailings.send", found),
    )
