"""Segments: the list of them, the builder, and why somebody is in."""

from dataclasses import dataclass

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from outreach.accounts.guard import may
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.stakeholders.models import Segment
from outreach.stakeholders.people import living
from outreach.stakeholders.segments.asking import changed, rule_in
from outreach.stakeholders.segments.counting import (
    RuleCount,
    answer_for,
    count_rule,
    in_words,
    reasons_for,
)
from outreach.stakeholders.segments.kinds import kinds
from outreach.stakeholders.segments.rules import Group, Rule
from outreach.stakeholders.segments.services import (
    rule_of,
    save_segment,
    segment_of,
    segments_in_use,
)
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint
from outreach.web.access import requires
from outreach.web.forms import tidy

HERE = "/segments"
SEGMENT = f"{HERE}/<{ID}:segment_id>"


@dataclass(frozen=True)
class Draft:
    """A segment as it stands in the builder."""

    name: str
    description: str
    rule: Rule


@blueprint.get(HERE)
@requires("stakeholders.see")
def segments() -> str:
    """List the segments with how many belong now."""
    found = segments_in_use(db.session())
    counts = {s.id: count_rule(db.session(), rule_of(s), now()).whole for s in found}
    page = "stakeholders/segments.html"
    return render_template(page, segments=found, counts=counts, may_edit=may("stakeholders.edit"))


@blueprint.route(f"{HERE}/new", methods=["GET", "POST"])
@requires("stakeholders.edit")
def new_segment() -> Answer:
    """Build a segment."""
    return _build(None, Draft("", "", Rule(groups=(Group(),))))


@blueprint.route(f"{SEGMENT}/edit", methods=["GET", "POST"])
@requires("stakeholders.edit")
def edit_segment(segment_id: int) -> Answer:
    """Change a segment."""
    found = segment_of(db.session(), segment_id)
    return _build(found, Draft(found.name, found.description, rule_of(found)))


def _build(segment: Segment | None, draft: Draft) -> Answer:
    problem = ""
    if request.method == "POST":
        order = request.form.get("do", "count")
        rule = changed(rule_in(request.form), order, request.form)
        name, about = (tidy(request.form.get(key, "")) for key in ("name", "description"))
        draft = Draft(name, about, rule)
        if order == "save":
            try:
                return _saved(segment.id if segment else None, draft)
            except Refusal as refusal:
                problem = str(refusal)
    page = render_template(
        "stakeholders/segment_builder.html",
        segment=segment,
        draft=draft,
        kinds=kinds(),
        choices={
            name: kind.choices(db.session()) for name, kind in kinds().items() if kind.choices
        },
        count=count_rule(db.session(), draft.rule, now()),
        problem=problem,
    )
    return (page, 422) if problem else page


def _saved(segment_id: int | None, draft: Draft) -> Response:
    with transaction() as session:
        saved = save_segment(
            session,
            segment_id,
            name=draft.name,
            description=draft.description,
            rule=draft.rule,
            actor=actor(),
            now=now(),
        )
    flash("The segment is saved. Who belongs is asked anew each time it is used.", "success")
    return redirect(url_for("stakeholders.segment", segment_id=saved.id))


@blueprint.post(f"{HERE}/count")
@requires("stakeholders.see")
def count_segment() -> ResponseReturnValue:
    """Give the counts of what is typed, as JSON; saves nothing."""
    counted = count_rule(db.session(), rule_in(request.form), now())
    return jsonify(_slots(counted))


def _slots(counted: RuleCount) -> dict[str, str]:
    parts = {str(n): count.sentence for n, count in enumerate(counted.conditions)}
    return {"whole": counted.whole.sentence, **parts}


@blueprint.get(SEGMENT)
@requires("stakeholders.see")
def segment(segment_id: int) -> str:
    """Show what a segment says and how many belong."""
    found = segment_of(db.session(), segment_id)
    rule = rule_of(found)
    return render_template(
        "stakeholders/segment.html",
        segment=found,
        rule=rule,
        words=[in_words(db.session(), asked) for asked in rule.conditions],
        count=count_rule(db.session(), rule, now()),
        may_edit=may("stakeholders.edit"),
        may_export=may("stakeholders.export"),
    )


@blueprint.post(f"{SEGMENT}/archive")
@requires("stakeholders.edit")
def archive_segment(segment_id: int) -> Response:
    """Offer a segment no more; mailings that chose it keep it."""
    with transaction() as session:
        found = segment_of(session, segment_id)
        found.archived_at, name = now(), found.name
        found.name = f"{name[:90]} (archived {found.id})"
    flash(f"“{name}” is archived: mailings that chose it keep it.", "success")
    return redirect(url_for("stakeholders.segments"))


@blueprint.get(f"/<{ID}:stakeholder_id>/segments")
@requires("stakeholders.see")
def segments_of_person(stakeholder_id: int) -> str:
    """Say of every segment whether a person belongs, and why."""
    session, moment = db.session(), now()
    person = living(session, stakeholder_id)
    found = [
        (
            s,
            answer_for(session, rule, person.id, moment),
            reasons_for(session, rule, person.id, moment),
        )
        for s in segments_in_use(session)
        for rule in [rule_of(s)]
    ]
    page = "stakeholders/segments_of_person.html"
    return render_template(page, person=person, found=found)
