"""A person: the page, adding, editing."""

from flask import flash, render_template, request
from sqlalchemy.orm import Session

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.state import state
from outreach.projects.queries import lists_in_use, organisations
from outreach.stakeholders import people
from outreach.stakeholders.forms import BASES, LEVELS, PersonForm
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.notes import notes_of
from outreach.stakeholders.profile import (
    SUPPRESSION_LABELS,
    merged_into,
    profile_of,
    timeline_of,
)
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint, is_saved, to_person
from outreach.stakeholders.wordings import wording_of
from outreach.web.access import requires

OFFERED = 1_000
"""So many organisations are offered while typing; any other name can be typed all the same."""


@blueprint.get(f"/<{ID}:stakeholder_id>")
@requires("stakeholders.see")
def person(stakeholder_id: int) -> Answer:
    """Show a person: where they stand, what they are, what happened."""
    stands_for = people.living(db.session(), stakeholder_id)
    if stands_for.id != stakeholder_id:
        return to_person(stands_for.id)
    profile = profile_of(db.session(), stakeholder_id)
    sources = state().contributions.timeline
    return render_template(
        "stakeholders/person.html",
        profile=profile,
        person=profile.person,
        timeline=timeline_of(db.session(), stakeholder_id, sources),
        zone=signed_in_user().zone,
        levels=LEVELS,
        bases=BASES,
        suppression_labels=SUPPRESSION_LABELS,
        has_lists=bool(lists_in_use(db.session())),
        merged=merged_into(db.session(), stakeholder_id),
        open_notes=notes_of(db.session(), stakeholder_id),
        may_edit=may("stakeholders.edit"),
        now=now(),
        wording_of=wording_of,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("stakeholders.edit")
def new() -> Answer:
    """Add a person."""
    form = PersonForm(data={"language": "en"}) if request.method == "GET" else PersonForm()
    form.offer(all_roles(db.session()))
    added: list[Stakeholder] = []

    def save(session: Session) -> None:
        ring = state().ring
        roles = form.roles.data or []
        added.append(people.enrol(session, form.person, roles=roles, now=now(), ring=ring))

    if form.validate_on_submit() and is_saved(form, save):
        flash("The person is added. Record below whether letters may go out.", "success")
        return to_person(added[0].id)
    return _form("stakeholders/new.html", form)


@blueprint.route(f"/<{ID}:stakeholder_id>/edit", methods=["GET", "POST"])
@requires("stakeholders.edit")
def edit(stakeholder_id: int) -> Answer:
    """Correct what we know of a person."""
    found = profile_of(db.session(), stakeholder_id).person
    form = PersonForm.of(found, now())
    form.offer(all_roles(db.session()))

    def save(session: Session) -> None:
        people.amend(
            session,
            stakeholder_id,
            form.person,
            roles=form.roles.data or [],
            now=now(),
            ring=state().ring,
            actor=actor(),
            actor_id=signed_in_user().id,
        )

    if form.validate_on_submit() and is_saved(form, save):
        flash("The person is saved.", "success")
        return to_person(stakeholder_id)
    return _form("stakeholders/edit.html", form, person=found)


def _form(template: str, form: PersonForm, **values: object) -> Answer:
    page = render_template(
        template,
        form=form,
        examples={role.slug: role.example.pick() for role in all_roles(db.session())},
        organisations=organisations(db.session())[:OFFERED],
        **values,
    )
    return page, 422 if form.is_submitted() else 200
