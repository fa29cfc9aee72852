"""Part of the first step: subject lines that are tried on a share before all get the best."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.mailings.findings import Step
from outreach.mailings.models import Mailing
from outreach.mailings.subject_test import SubjectTest
from outreach.mailings.subject_test_form import SubjectTestForm
from outreach.mailings.testing_subjects import Room, choose_test, chosen_test, room_for
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    can_edit,
    mailing_in_reach,
    steps_of,
)
from outreach.web.access import requires

Answer = str | Response | tuple[str, int]


@blueprint.get(f"/<{ID}:mailing_id>/subject-test")
@requires("mailings.see")
def subject_test(mailing_id: int) -> str:
    """Show which lines are tried, or why none can be."""
    mailing = mailing_in_reach(mailing_id)
    room = _room(mailing)
    return _page(mailing, SubjectTestForm.of(mailing, chosen_test(mailing), room.letters), room)


@blueprint.post(f"/<{ID}:mailing_id>/subject-test")
@requires("mailings.edit")
def choose_subject_test(mailing_id: int) -> Answer:
    """Try these lines, or with `remove` none."""
    mailing = mailing_in_reach(mailing_id)
    room = _room(mailing)
    form = SubjectTestForm.of(mailing, chosen_test(mailing), room.letters)
    is_removed = "remove" in request.form
    if not form.validate_on_submit() and not is_removed:
        return _page(mailing, form, room), 422
    try:
        _save(mailing, None if is_removed else form.test, room, form.lock_version.data or 0)
    except Refusal as refusal:
        form.form_errors.append(str(refusal))
        return _page(mailing, form, room), refusal.status
    flash("No subject test." if is_removed else "The subject test is saved.", "success")
    return redirect(url_for(".details", mailing_id=mailing_id))


def _save(mailing: Mailing, test: SubjectTest | None, room: Room, lock_version: int) -> None:
    with transaction() as session:
        choose_test(
            session, mailing, test, room, lock_version=lock_version, actor=actor(), now=now()
        )


def _room(mailing: Mailing) -> Room:
    return room_for(db.session(), mailing, state().settings.tracking, now=now())


def _page(mailing: Mailing, form: SubjectTestForm, room: Room) -> str:
    return render_template(
        "mailings/subject_test.html",
        mailing=mailing,
        form=form,
        room=room,
        test=chosen_test(mailing),
        can_edit=can_edit(mailing),
        steps=steps_of(mailing, Step.DETAILS) if mailing.is_editable else [],
        step=Step.DETAILS,
    )
