"""FAQ entries: questions made public, in their order, by project and result."""

from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.text import LANGUAGES
from outreach.questions import faq
from outreach.questions.answering import last_of
from outreach.questions.forms import EntryForm
from outreach.questions.inbox import thread_of
from outreach.questions.models import Direction, FaqEntry, Question
from outreach.questions.places import Place, chosen, places
from outreach.questions.shelf import entry_of, shelf
from outreach.questions.views.blueprint import ENTRY, blueprint, reach
from outreach.web.access import requires
from outreach.web.filters import language_name

Page = str | Response | tuple[str, int]


@blueprint.get("/faq")
@requires("questions.see")
def entries() -> str:
    """List the entries by the page they stand on."""
    found = groupby(shelf(db.session(), reach()), key=lambda entry: (entry.project, entry.result))
    rows = [(project, result, list(group)) for (project, result), group in found]
    return render_template("questions/entries.html", rows=rows)


@blueprint.route("/faq/new", methods=["GET", "POST"])
@requires("questions.answer")
def new_entry() -> Page:
    """Make an entry, from a question or by hand."""
    asked, form = _asked(db.session()), EntryForm()
    offered = places(db.session(), reach())
    form.offer(offered)
    if not form.is_submitted() and asked:
        _fill_from(form, asked)
    if form.validate_on_submit():
        try:
            entry_id = _add(form, chosen(offered, form.place.data), asked.id if asked else None)
        except Refusal as refusal:
            form.form_errors.append(str(refusal))
        else:
            flash("The entry is kept; publish it when its words are right.", "success")
            return redirect(url_for("questions.entry", entry_id=entry_id))
    page = render_template("questions/new_entry.html", form=form, asked=asked, language=_language())
    return (page, 422) if form.is_submitted() else page


@blueprint.route(f"/faq/{ENTRY}", methods=["GET", "POST"])
@requires("questions.answer")
def entry(entry_id: int) -> Page:
    """Change an entry's words in one language."""
    language = _language()
    found, form = entry_of(db.session(), entry_id, reach()), EntryForm()
    del form.place
    if not form.is_submitted():
        form.question.data = found.question.get(language, "")
        form.answer.data = found.answer.get(language, "")
    if form.validate_on_submit():
        try:
            _reword(form, entry_id, language)
        except Refusal as refusal:
            form.form_errors.append(str(refusal))
        else:
            flash("The words are saved.", "success")
            return redirect(url_for("questions.entry", entry_id=entry_id, text=language))
    page = render_template(
        "questions/entry.html", form=form, entry=found, text=language, tabs=_tabs(found, language)
    )
    return (page, 422) if form.is_submitted() else page


@blueprint.post(f"/faq/{ENTRY}/<any(publish, unpublish, up, down, discard):step>")
@requires("questions.answer")
def step_entry(entry_id: int, step: str) -> Response:
    """Publish, take back, move by one place, or discard."""
    with transaction() as session:
        found = entry_of(session, entry_id, reach())
        said = _step(session, found, step)
    if said:
        flash(said, "success")
    return redirect(url_for("questions.entries"))


def _step(session: Session, found: FaqEntry, step: str) -> str:
    match step:
        case "publish":
            faq.publish(session, found, now=now())
            return "Everybody can read the entry now."
        case "unpublish":
            faq.unpublish(session, found, now=now())
            return "Only staff can read the entry now."
        case "discard":
            faq.discard(session, found)
            return "The entry is gone."
        case _:
            faq.shift(session, found, up=step == "up", now=now())
            return ""


def _asked(session: Session) -> Question | None:
    number = request.args.get("question", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return thread_of(session, int(number), reach())


def _fill_from(form: EntryForm, asked: Question) -> None:
    answers = [given.body for given in asked.messages if given.direction is Direction.OUT]
    first = last_of(asked, Direction.IN)
    form.question.data = " ".join(first.body.split())[: faq.LONGEST_QUESTION] if first else ""
    form.answer.data = "\n\n".join(answers)
    if asked.result_id:
        form.place.data = f"result-{asked.result_id}"
    elif asked.project_id:
        form.place.data = f"project-{asked.project_id}"


def _add(form: EntryForm, place: Place | None, asked_id: int | None) -> int:
    if place is None or place.project_id is None:
        raise Refusal("Say where the entry stands.", "Choose a project or one of its results.")
    with transaction() as session:
        asked = thread_of(session, asked_id, reach(), whole=False) if asked_id else None
        made = faq.add_entry(
            session,
            _words(form, _language()),
            project_id=place.project_id,
            result_id=place.result_id,
            now=now(),
            asked=asked,
        )
        return made.id


def _reword(form: EntryForm, entry_id: int, language: str) -> None:
    with transaction() as session:
        found = entry_of(session, entry_id, reach())
        faq.reword(session, found, _words(form, language), now=now())


def _words(form: EntryForm, language: str) -> faq.Words:
    return faq.Words(language, form.question.data or "", form.answer.data or "")


def _language() -> str:
    """Return the language whose words are shown and changed: `?text=`, else English."""
    wanted = request.args.get("text", "en")
    return wanted if wanted in LANGUAGES else "en"


def _tabs(found: FaqEntry, current: str) -> list[dict[str, object]]:
    return [
        {
            "label": f"{language_name(code)} ✓"
            if found.question.has(code)
            else language_name(code),
            "url": url_for("questions.entry", entry_id=found.id, text=code),
            "is_current": code == current,
        }
        for code in LANGUAGES
    ]
