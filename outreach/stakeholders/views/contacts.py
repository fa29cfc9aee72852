"""Notes, meetings, calls, what is to be followed up, and from when to when roles are held."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.stakeholders import notes, terms
from outreach.stakeholders.models import NoteKind
from outreach.stakeholders.people import living
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint, is_saved, to_person
from outreach.web.access import requires
from outreach.web.forms import Form, choice

PERSON = f"/<{ID}:stakeholder_id>"


class NoteForm(Form):
    """What was said, when, and when to come back to it."""

    kind = RadioField("What was it?", choices=[choice(k.value, k.label) for k in NoteKind])
    text = TextAreaField(
        "What was said",
        [DataRequired("Write what was said."), Length(max=notes.LONGEST)],
        description="Write it so that the person may read it: they can ask to (GDPR Art. 15).",
    )
    happened_on = DateField("On", [DataRequired("Say on which day.")])
    follow_up_on = DateField("Follow up on", [Optional()], description="If you mean to come back.")


class TermForm(Form):
    """A role with its beginning and end."""

    role = SelectField("Role", [DataRequired("Choose a role.")])
    since = DateField("From", [DataRequired("Say from which day.")])
    until = DateField("To", [Optional()], description="Empty while they hold it.")


@blueprint.route(f"{PERSON}/notes", methods=["GET", "POST"])
@requires("stakeholders.edit")
def write_note(stakeholder_id: int) -> Answer:
    """Log a contact with a person."""
    person = living(db.session(), stakeholder_id)
    form = NoteForm(data={"kind": "note", "happened_on": now().date()})

    def save(session: Session) -> None:
        notes.write_note(
            session,
            stakeholder_id,
            NoteKind(form.kind.data),
            form.text.data or "",
            happened_on=form.happened_on.data or now().date(),
            follow_up_on=form.follow_up_on.data,
            actor=actor(),
            now=now(),
        )

    if form.validate_on_submit() and is_saved(form, save):
        flash("It stands in the timeline.", "success")
        return to_person(stakeholder_id)
    page = render_template("stakeholders/note.html", form=form, person=person)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/follow-ups")
@requires("stakeholders.see")
def follow_ups() -> str:
    """List what is to be followed up."""
    page = "stakeholders/follow_ups.html"
    found = notes.follow_ups(db.session())
    today = now().date()
    return render_template(page, found=found, today=today, may_edit=may("stakeholders.edit"))


@blueprint.post(f"/follow-ups/<{ID}:note_id>")
@requires("stakeholders.edit")
def settle_note(note_id: int) -> Response:
    """Say that a note was followed up."""
    with transaction() as session:
        notes.settle(session, note_id, now=now())
    flash("Followed up.", "success")
    return redirect(url_for("stakeholders.follow_ups"))


@blueprint.route(f"{PERSON}/roles", methods=["GET", "POST"])
@requires("stakeholders.edit")
def roles_of(stakeholder_id: int) -> Answer:
    """Say from when to when a person holds roles."""
    person = living(db.session(), stakeholder_id)
    zone = signed_in_user().zone
    form = TermForm(data={"since": now().date()})
    form.role.choices = [choice(role.slug, role.name.pick()) for role in all_roles(db.session())]

    def save(session: Session) -> None:
        _set_term(session, person.id, form, zone)

    if form.validate_on_submit() and is_saved(form, save):
        flash("Saved. Past letters and reports stay as they were.", "success")
        return redirect(url_for("stakeholders.roles_of", stakeholder_id=person.id))
    page = render_template(
        "stakeholders/terms.html", form=form, person=person, zone_info=ZoneInfo(zone)
    )
    return page, 422 if form.is_submitted() else 200


def _set_term(session: Session, person_id: int, form: TermForm, zone: str) -> None:
    since = form.since.data or now().date()
    terms.set_term(
        session,
        person_id,
        form.role.data,
        since,
        form.until.data,
        was_since=_moment(request.form.get("was_since", "")),
        zone=zone,
        now=now(),
        actor=actor(),
        actor_id=signed_in_user().id,
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
