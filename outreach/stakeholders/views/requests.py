"""Staff pages of requests: who asked for what, how many days are left, and the same actions."""

from flask import Response, flash, make_response, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.stakeholders.models import RequestKind, RightsRequest
from outreach.stakeholders.own_export import as_csv, as_json, own_record
from outreach.stakeholders.profile import profile_of
from outreach.stakeholders.request_forms import AnswerForm, RequestForm
from outreach.stakeholders.rights import answer_request, note_request, open_requests
from outreach.stakeholders.views.blueprint import ID, Answer, actor, blueprint, is_saved
from outreach.web.access import requires

SHOWN, SHOWN_DONE = 500, 50


@blueprint.get("/requests")
@requires("stakeholders.see")
def requests() -> str:
    """List what waits for an answer, the most urgent first, and what was answered last."""
    session = db.session()
    done = session.scalars(
        select(RightsRequest)
        .where(RightsRequest.done_at.is_not(None))
        .order_by(RightsRequest.done_at.desc(), RightsRequest.id.desc())
        .limit(SHOWN_DONE)
    ).all()
    return render_template(
        "stakeholders/requests.html",
        waiting=open_requests(session, limit=SHOWN),
        done=done,
        now=now(),
    )


@blueprint.route(f"/<{ID}:stakeholder_id>/request", methods=["GET", "POST"])
@requires("stakeholders.edit")
def new_request(stakeholder_id: int) -> Answer:
    """Record a request that came another way than by a person's own page."""
    profile, form = profile_of(db.session(), stakeholder_id), RequestForm()
    form.count_from(now().date())

    def save(session: Session) -> None:
        note_request(
            session,
            stakeholder_id,
            RequestKind(form.kind.data),
            now=now(),
            recorded_by=actor(),
            note=form.note.data or "",
            received_at=form.received_at,
        )

    if form.validate_on_submit() and is_saved(form, save):
        flash("The request is recorded; its month is counted from the day you gave.", "success")
        return redirect(url_for("stakeholders.requests"))
    page = render_template("stakeholders/new_request.html", form=form, person=profile.person)
    return page, 422 if form.is_submitted() else 200


@blueprint.route(f"/requests/<{ID}:request_id>", methods=["GET", "POST"])
@requires("stakeholders.edit")
def one_request(request_id: int) -> Answer:
    """Show a request with what can be done about it, and write down that it was done."""
    found, form = _request(db.session(), request_id), AnswerForm()

    def save(session: Session) -> None:
        answered = _request(session, request_id)
        if answered.done_at is None:
            answer_request(answered, form.outcome.data or "", now=now(), actor=actor())

    if form.validate_on_submit() and is_saved(form, save):
        flash("The request is answered.", "success")
        return redirect(url_for("stakeholders.requests"))
    page = render_template("stakeholders/request.html", form=form, request=found, now=now())
    return page, 422 if form.is_submitted() else 200


@blueprint.get(f"/<{ID}:stakeholder_id>/data.<any(json,csv):form>")
@requires("stakeholders.export")
def person_file(stakeholder_id: int, form: str) -> Response:
    """Give all that is held of a person as a file, tags and notes included, to answer a request."""
    person = profile_of(db.session(), stakeholder_id).person
    record = own_record(db.session(), person, state().contributions.timeline, for_staff=True)
    answer = make_response(as_json(record) if form == "json" else as_csv(record))
    answer.content_type = "application/json" if form == "json" else "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{person.id}.{form}"'
    return answer


def _request(session: Session, request_id: int) -> RightsRequest:
    found = session.get(RightsRequest, request_id)
    if found is None:
        raise NotFound
    return found
