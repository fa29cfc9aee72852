"""The list of mailings, and the ways to begin one."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from outreach.accounts.guard import signed_in_user
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.mailings import services
from outreach.mailings.announcing import announce
from outreach.mailings.beginning_forms import (
    AnnounceForm,
    EmptyForm,
    FromTemplateForm,
    MarkdownForm,
)
from outreach.mailings.importing import export_draft, import_draft
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.queries import (
    MailingFilter,
    lists_to_choose,
    mailings,
    results_to_choose,
)
from outreach.mailings.services import Details
from outreach.mailings.templates import begin_from, find_template, templates
from outreach.mailings.views.blueprint import (
    ID,
    actor,
    blueprint,
    mailing_in_reach,
    reach,
    url_of,
    zone,
)
from outreach.projects.models import List
from outreach.results.models import Result
from outreach.web import pagination
from outreach.web.access import requires
from outreach.web.forms import tidy

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@requires("mailings.see")
def index() -> str:
    """List the mailings within reach."""
    wanted = _filter()
    asked = pagination.parse(request.args.get("page"))
    rows = mailings(db.session(), reach(), wanted, asked)
    return render_template(
        "mailings/index.html",
        page=pagination.cut(rows, asked),
        wanted=wanted,
        states=list(MailingState),
        lists=lists_to_choose(db.session(), reach()),
        chips=_chips(wanted),
        url_for_page=lambda number: url_for(".index", **{**_arguments(wanted), "page": number}),
        counts_url=_counts_url([mailing.id for mailing in rows]),
        zone=zone(),
        now=now(),
    )


@blueprint.get("/new")
@requires("mailings.edit")
def new() -> str:
    """Show the ways to begin."""
    return _new_page()


@blueprint.post("/new/from-result")
@requires("mailings.edit")
def new_from_result() -> Answer:
    """Begin with a result."""
    lists, results = _choices()
    form = AnnounceForm().offer(lists, results)
    if not form.validate_on_submit():
        return _new_page(announcing=form), 422
    result = next(each for each in results if each.id == form.result_id.data)
    with transaction() as session:
        mailing = announce(
            session,
            result,
            list_id=form.list_id.data,
            language=form.language.data,
            actor=actor(),
            now=now(),
            created_by_id=signed_in_user().id,
        )
    flash("The draft holds what we know of the result. Now say who it is for.", "success")
    return redirect(url_for(".details", mailing_id=mailing.id))


@blueprint.post("/new/empty")
@requires("mailings.edit")
def new_empty() -> Answer:
    """Begin with an empty letter."""
    form = EmptyForm().offer(_choices()[0])
    if not form.validate_on_submit():
        return _new_page(empty=form), 422
    with transaction() as session:
        mailing = services.begin(
            session,
            Details(title=form.title.data or "", list_id=form.list_id.data),
            actor=actor(),
            now=now(),
            created_by_id=signed_in_user().id,
        )
    return redirect(url_for(".details", mailing_id=mailing.id))


@blueprint.post("/new/from-template")
@requires("mailings.edit")
def new_from_template() -> Answer:
    """Begin with a template."""
    form = FromTemplateForm().offer(_choices()[0], templates(db.session(), reach()))
    if not form.validate_on_submit():
        return _new_page(from_template=form), 422
    with transaction() as session:
        mailing = begin_from(
            session,
            find_template(session, form.template_id.data, reach()),
            title=form.title.data or "",
            list_id=form.list_id.data,
            actor=actor(),
            now=now(),
            created_by_id=signed_in_user().id,
        )
    flash("The draft has the template's words. Now say what it announces and to whom.", "success")
    return redirect(url_for(".details", mailing_id=mailing.id))


@blueprint.post("/new/from-file")
@requires("mailings.edit")
def new_from_file() -> Answer:
    """Begin with a Markdown file."""
    form = MarkdownForm()
    if not form.validate_on_submit():
        return _new_page(markdown=form), 422
    try:
        mailing = _imported(form.text)
    except Refusal as refusal:
        form.file.errors = [str(refusal)]
        return _new_page(markdown=form), 422
    flash("The file is a draft now.", "success")
    return redirect(url_for(".details", mailing_id=mailing.id))


@blueprint.post(f"/<{ID}:mailing_id>/clone")
@requires("mailings.edit")
def clone(mailing_id: int) -> Response:
    """Begin with the words of another mailing."""
    original = mailing_in_reach(mailing_id)
    with transaction() as session:
        copy = services.clone(
            session, original, actor=actor(), now=now(), created_by_id=signed_in_user().id
        )
    flash("This is the copy, a draft of its own.", "success")
    return redirect(url_for(".details", mailing_id=copy.id))


@blueprint.get(f"/<{ID}:mailing_id>/mailing.md")
@requires("mailings.see")
def export(mailing_id: int) -> Response:
    """Give the mailing as its Markdown file."""
    mailing = mailing_in_reach(mailing_id)
    return Response(
        export_draft(db.session(), mailing),
        mimetype="text/markdown",
        headers={"Content-Disposition": f'attachment; filename="{mailing.slug}.md"'},
    )


def _imported(text: str) -> Mailing:
    limits = reach()
    with transaction() as session:
        return import_draft(
            session,
            text,
            actor=actor(),
            now=now(),
            created_by_id=signed_in_user().id,
            project_ids=None if limits is None else frozenset(limits),
        )


def _choices() -> tuple[list[List], list[Result]]:
    lists = list(lists_to_choose(db.session(), reach()))
    if not lists:
        raise NotFound("There is no list to write to yet.", "Add a list in the settings first.")
    return lists, list(results_to_choose(db.session(), reach()))


def _new_page(
    announcing: AnnounceForm | None = None,
    empty: EmptyForm | None = None,
    markdown: MarkdownForm | None = None,
    from_template: FromTemplateForm | None = None,
) -> str:
    lists = list(lists_to_choose(db.session(), reach()))
    results = list(results_to_choose(db.session(), reach()))
    chosen, kept = request.args.get("result", type=int), templates(db.session(), reach())
    return render_template(
        "mailings/new.html",
        has_lists=bool(lists),
        has_results=bool(results),
        announcing=announcing or AnnounceForm.about(chosen, lists, results),
        empty_form=empty or EmptyForm(formdata=None).offer(lists),
        markdown=markdown or MarkdownForm(formdata=None),
        list_slug=lists[0].slug if lists else "",
        result_slug=results[0].slug if results else "",
        has_templates=bool(kept),
        from_template=from_template or FromTemplateForm(formdata=None).offer(lists, kept),
    )


def _filter() -> MailingFilter:
    states = [MailingState(s) for s in request.args.getlist("state") if s in set(MailingState)]
    return MailingFilter(
        q=tidy(request.args.get("q", ""))[:100],
        states=tuple(states),
        list_ids=tuple(n for n in request.args.getlist("list", type=int)[:50] if 0 < n < 2**31),
        is_archived=request.args.get("archived") == "yes",
    )


def _arguments(wanted: MailingFilter) -> dict[str, Any]:
    given = {
        "q": wanted.q,
        "state": [state.value for state in wanted.states],
        "list": list(wanted.list_ids),
        "archived": "yes" if wanted.is_archived else "",
    }
    return {name: value for name, value in given.items() if value}


def _chips(wanted: MailingFilter) -> list[tuple[str, str]]:
    without = [
        (state.label, replace(wanted, states=tuple(s for s in wanted.states if s is not state)))
        for state in wanted.states
    ]
    if wanted.q:
        without.append((f"“{wanted.q}”", replace(wanted, q="")))
    if wanted.is_archived:
        without.append(("Put away", replace(wanted, is_archived=False)))
    if wanted.list_ids:
        without.append(("Chosen lists", replace(wanted, list_ids=())))
    return [(label, url_for(".index", **_arguments(other))) for label, other in without]


def _counts_url(ids: list[int]) -> str | None:
    """Later rooms know how many got a letter and visited; they may answer for these mailings."""
    return url_of("dashboards.mailing_counts", id=ids) if ids else None
