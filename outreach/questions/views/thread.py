"""A question's page, and all that is done there."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts.guard import may, signed_in_user
from outreach.accounts.models import User
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
from outreach.questions import handling
from outreach.questions.answering import answer, last_seen, record_answer
from outreach.questions.forms import AnswerForm, NoteForm
from outreach.questions.inbox import entries_from, namesake, thread_of
from outreach.questions.models import Question
from outreach.questions.texts import headed
from outreach.questions.threads import is_moving, travel_of
from outreach.questions.views.blueprint import NUMBER, blueprint, reach
from outreach.questions.voice import default_sender
from outreach.web.access import requires

Page = str | Response | tuple[str, int]
_MOVES: dict[str, tuple[Callable[..., None], str]] = {
    "close": (handling.close, "The question is closed."),
    "reopen": (handling.reopen, "The question is open again."),
    "spam": (handling.mark_spam, "The question is among the spam; it counts nowhere."),
}


@blueprint.get(f"/{NUMBER}")
@requires("questions.see")
def question(question_id: int) -> str:
    """Show a question with its thread."""
    return _page(question_id)


@blueprint.get(f"/{NUMBER}/thread")
@requires("questions.see")
def thread(question_id: int) -> str:
    """Give the thread alone, for a page that waits for a letter to leave."""
    found = thread_of(db.session(), question_id, reach())
    return render_template("questions/thread.html", **_thread(found))


@blueprint.post(f"/{NUMBER}/answer")
@requires("questions.answer")
def send_answer(question_id: int) -> Page:
    """Answer by a letter, or write down an answer that was given another way."""
    form = AnswerForm()
    if not form.validate():
        return _page(question_id, answering=form), 422
    try:
        with transaction() as session:
            found = thread_of(session, question_id, reach(), whole=False)
            _answer(session, found, form, signed_in_user().shown_name)
            said = "The answer is on its way." if found.email else "The answer is written down."
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        form.form_errors.append(str(refusal))
        return _page(question_id, answering=form), refusal.status
    flash(said, "success")
    return _back(question_id)


@blueprint.post(f"/{NUMBER}/note")
@requires("questions.answer")
def write_note(question_id: int) -> Page:
    """Write something down for colleagues."""
    form = NoteForm(prefix="note")
    if not form.validate():
        return _page(question_id, noting=form), 422
    with transaction() as session:
        found = thread_of(session, question_id, reach(), whole=False)
        body = form.body.data or ""
        handling.note(session, found, body, actor=signed_in_user().shown_name, now=now())
    return _back(question_id)


@blueprint.post(f"/{NUMBER}/assign")
@requires("questions.answer")
def assign(question_id: int) -> Response:
    """Give the question to somebody, or to nobody."""
    chosen = request.form.get("user", "")
    is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
    with transaction() as session:
        found = thread_of(session, question_id, reach(), whole=False)
        user_id = int(chosen) if is_number else None
        handling.assign(session, found, user_id, actor=signed_in_user().shown_name, now=now())
    flash("The question has changed hands.", "success")
    return _back(question_id)


@blueprint.post(f"/{NUMBER}/<any(close, reopen, spam):move>")
@requires("questions.answer")
def move(question_id: int, move: str) -> Response:
    """Close, reopen or sort out."""
    verb, said = _MOVES[move]
    with transaction() as session:
        found = thread_of(session, question_id, reach(), whole=False)
        verb(session, found, actor=signed_in_user().shown_name, now=now())
    flash(said, "success")
    return _back(question_id)


def _answer(session: Session, found: Question, form: AnswerForm, actor: str) -> None:
    body, seen = form.body.data or "", form.last_seen
    if not found.email:
        record_answer(session, found, body, actor=actor, now=now(), seen=seen)
        return
    settings = state().settings
    answer(
        session,
        found,
        body,
        actor=actor,
        now=now(),
        base_url=settings.base_url,
        sender=default_sender(settings.mail_default_sender),
        seen=seen,
    )


def _page(
    question_id: int, *, answering: FlaskForm | None = None, noting: FlaskForm | None = None
) -> str:
    session, user = db.session(), signed_in_user()
    found = thread_of(session, question_id, reach())
    can_answer = handling.may_answer(user, found.project_id)
    answering = answering or AnswerForm(formdata=None)
    answering.seen.data = last_seen(found)
    sees_people = may("stakeholders.see")
    return render_template(
        "questions/question.html",
        **_thread(found),
        can_answer=can_answer,
        answering=answering,
        noting=noting or NoteForm(formdata=None, prefix="note"),
        colleagues=_colleagues(session, found) if can_answer else [],
        entries=entries_from(session, found.id),
        sees_people=sees_people,
        namesake=namesake(session, found) if sees_people else None,
        draft_key=f"{user.id}-{found.id}",
    )


def _thread(found: Question) -> dict[str, object]:
    return {
        "question": found,
        "headed": headed,
        "travel_of": travel_of,
        "is_moving": is_moving(found),
        "zone": signed_in_user().zone,
    }


def _colleagues(session: Session, found: Question) -> list[User]:
    users = session.scalars(select(User).where(User.active).order_by(User.name, User.email))
    return [user for user in users if handling.may_answer(user, found.project_id)]


def _back(question_id: int) -> Response:
    return redirect(url_for("questions.question", question_id=question_id))
