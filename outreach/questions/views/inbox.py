"""The inbox: who asked what and how long ago; and questions that came another way."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.questions.asking import Entered, enter_by_hand
from outreach.questions.forms import EnterForm
from outreach.questions.inbox import Filters, question_lines, state_counts
from outreach.questions.models import QuestionSource, QuestionState
from outreach.questions.places import Place, chosen, places, projects_within
from outreach.questions.texts import headed
from outreach.questions.views.blueprint import blueprint, reach
from outreach.stakeholders.roles import all_roles
from outreach.web.access import requires
from outreach.web.forms import tidy
from outreach.web.pagination import cut, parse

ALL = "all"
LONGEST_SEARCH = 100


@blueprint.get("")
@requires("questions.see")
def inbox() -> str:
    """List the questions of a state."""
    session, filters = db.session(), _filters()
    request_for = parse(request.args.get("page"), request.args.get("size"))
    counts = state_counts(session, filters)
    total = counts[filters.state] if filters.state else sum(counts.values())
    lines = question_lines(session, filters, request_for)
    return render_template(
        "questions/inbox.html",
        page=cut(lines, request_for, total=total),
        filters=filters,
        tabs=_tabs(filters, counts),
        projects=projects_within(session, reach()),
        roles=all_roles(session),
        address=_address,
        headed=headed,
        page_address=lambda number: _address(filters, page=number, size=request_for.size),
        now=now(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("questions.answer")
def enter() -> str | Response | tuple[str, int]:
    """Write down a question that came by mail, by phone or in person."""
    form, roles = EnterForm(), all_roles(db.session())
    offered = places(db.session(), reach(), with_mailings=True)
    form.offer(offered, roles)
    by_slug = {role.slug: role.id for role in roles}
    if form.validate_on_submit():
        try:
            question_id = _enter(form, chosen(offered, form.about.data), by_slug)
        except Refusal as refusal:
            form.form_errors.append(str(refusal))
        else:
            flash("The question is written down; answer it below.", "success")
            return redirect(url_for("questions.question", question_id=question_id))
    page = render_template("questions/enter.html", form=form)
    return (page, 422) if form.is_submitted() else page


def _enter(form: EnterForm, place: Place | None, roles: dict[str, int]) -> int:
    if place is None:
        raise Refusal("Say what the question is about.", "Choose a project, a result or a mailing.")
    user = signed_in_user()
    zone, actor = user.zone, user.shown_name
    entered = Entered(
        source=QuestionSource(form.source.data),
        body=form.body.data or "",
        subject=form.subject.data or "",
        name=form.name.data or "",
        email=form.email.data or "",
        project_id=place.project_id,
        result_id=place.result_id,
        mailing_id=place.mailing_id,
        role_id=roles.get(form.role.data or ""),
        language=form.language.data,
        asked_at=_moment(form, zone),
    )
    with transaction() as session:
        return enter_by_hand(session, entered, actor=actor, now=now()).id


def _moment(form: EnterForm, zone: str) -> datetime | None:
    """Return the beginning of the day somebody asked, where the user is; None: today."""
    day = form.asked_on.data
    if day is None or day == now().astimezone(ZoneInfo(zone)).date():
        return None
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _filters() -> Filters:
    project = request.args.get("project", "")
    is_number = project.isascii() and project.isdigit() and len(project) < 10
    return Filters(
        within=reach(),
        state=_state(request.args.get("state", QuestionState.NEW.value)),
        project_id=int(project) if is_number else None,
        roles=tuple(filter(None, map(_word, request.args.getlist("role")[:20]))),
        search=_word(request.args.get("q", "")),
    )


def _word(text: str) -> str:
    return str(tidy(text))[:LONGEST_SEARCH]


def _state(name: str) -> QuestionState | None:
    if name == ALL:
        return None
    return QuestionState(name) if name in set(QuestionState) else QuestionState.NEW


def _address(filters: Filters, **changed: object) -> str:
    """Return the inbox under these filters, some of them changed."""
    values: dict[str, object] = {
        "state": filters.state.value if filters.state else ALL,
        "project": filters.project_id,
        "role": list(filters.roles),
        "q": filters.search or None,
        **changed,
    }
    return url_for("questions.inbox", **values)  # type: ignore[arg-type]  # any value is one


def _tabs(filters: Filters, counts: Mapping[QuestionState, int]) -> list[dict[str, object]]:
    states = [(state.value, state.label, counts[state]) for state in QuestionState]
    return [
        {
            "label": label,
            "count": count,
            "url": _address(filters, state=value),
            "is_current": value == (filters.state.value if filters.state else ALL),
        }
        for value, label, count in [*states, (ALL, "All", sum(counts.values()))]
    ]
