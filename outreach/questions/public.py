"""Ask us: the public form. No session, no cookie, no script; a GET changes nothing."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.questions.about import Asked
from outreach.questions.asking import ask
from outreach.questions.context import Context, context_of
from outreach.questions.form_keys import FormKeys
from outreach.questions.forms import AskForm
from outreach.questions.models import Question
from outreach.questions.queries import FaqShown, published_faq
from outreach.questions.robots import is_suspect
from outreach.questions.texts import LONGEST_QUESTION
from outreach.questions.voice import default_sender
from outreach.questions.wordings import ask_words
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.roles import all_roles
from outreach.web.access import public
from outreach.web.forms import tidy
from outreach.web.headers import without_trace
from outreach.web.i18n import page_language
from outreach.web.limits import limiter

blueprint = Blueprint("ask", __name__, url_prefix="/ask")
CARRIED = ("via", "mailing", "result", "test")
"""Parameters that say where somebody came from; the form and its receipt carry them on."""
MOST_ENTRIES = 5
MOST_QUESTIONS = "30 per hour"
"""From one client, which may be a room full of people."""


@blueprint.get("")
@public
def form() -> Response:
    """Show the form."""
    context, asking = _context(db.session()), _form()
    origin = context.about.origin
    asking.form_key.data = FormKeys(state().ring).mint(now=now())
    if origin and origin.role_id:
        asking.choose_role(origin.role_id)
    return _page(asking, context)


@blueprint.post("")
@public
@limiter.limit(MOST_QUESTIONS)
def send() -> Response:
    """Keep the question."""
    context, asking = _context(db.session()), _form()
    if not asking.validate():
        return _page(asking, context, status=422)
    if _is_tried():
        return _tried(asking)
    with transaction() as session:
        question = _keep(session, asking)
        slug = context.result.slug if context.result else ""
        receipt = FormKeys(state().ring).receipt(
            question.reference, slug, can_answer=bool(question.email)
        )
    return redirect(_address("ask.sent", receipt=receipt), code=303)


@blueprint.get("/sent/<receipt>")
@public
def sent(receipt: str) -> Response:
    """Say what happens next."""
    found = FormKeys(state().ring).read_receipt(receipt)
    if found is None:
        raise NotFound
    language = page_language()
    reference, slug, can_answer = found
    page = render_template(
        "ask/sent.html",
        **_frame(language),
        reference=reference,
        can_answer=can_answer,
        context=_context(db.session(), result_slug=slug),
        carried=_carried(),
        again=_address("ask.form"),
    )
    return without_trace(make_response(page))


def _address(endpoint: str, **values: str) -> str:
    carried = {name: value or None for name, value in _carried().items()}
    rest: dict[str, Any] = {**values, **carried, "lang": page_language()}
    return url_for(endpoint, **rest)


def _carried() -> dict[str, str]:
    return {name: str(tidy(request.values.get(name, ""))) for name in CARRIED}


def _context(session: Session, *, result_slug: str = "") -> Context:
    carried = _carried()
    return context_of(
        session,
        via=carried["via"],
        web_key=carried["mailing"],
        result_slug=result_slug or carried["result"],
        signer=state().signer,
    )


def _is_tried() -> bool:
    """Say whether somebody came by a test letter or a preview; a real letter goes before that."""
    carried = _carried()
    return carried["test"] == "yes" and not carried["via"]


def _tried(asking: AskForm) -> Response:
    """Say that nothing was kept, and give the words back: a test counts nowhere."""
    language = page_language()
    carried = {**_carried(), "test": ""}
    asked: dict[str, Any] = {name: value for name, value in carried.items() if value}
    page = render_template(
        "ask/tried.html",
        **_frame(language),
        body=asking.body.data,
        really=url_for("ask.form", **asked, lang=language),
    )
    return without_trace(make_response(page))


def _form() -> AskForm:
    language = page_language()
    asking = AskForm()
    asking.speak(ask_words(language), language, all_roles(db.session()))
    for name, value in _carried().items():
        asking[name].data = value
    return asking


def _keep(session: Session, asking: AskForm) -> Question:
    moment = now()
    stamp = FormKeys(state().ring).read(asking.form_key.data or "")
    body = asking.body.data or ""
    asked = Asked(
        body=body,
        name=asking.name.data or "",
        email=asking.email.data or "",
        role_id=asking.role_id,
        language=page_language(),
        form_key=stamp.key if stamp else "",
        is_suspect=is_suspect(
            trap=asking.homepage.data or "", age=stamp.age(moment) if stamp else None, body=body
        ),
    )
    settings = state().settings
    return ask(
        session,
        asked,
        about=_context(session).about,
        now=moment,
        base_url=settings.base_url,
        ring=state().ring,
        sender=default_sender(settings.mail_default_sender),
    )


def _page(asking: AskForm, context: Context, *, status: int = 200) -> Response:
    language = page_language()
    page = render_template(
        "ask/form.html",
        **_frame(language),
        form=asking,
        context=context,
        is_tried=_is_tried(),
        examples={role.slug: role.example for role in asking.offered},
        entries=_entries(context, language),
        limit=LONGEST_QUESTION,
    )
    response = make_response(page, status)
    return without_trace(response) if any(_carried().values()) else response


def _frame(language: str) -> dict[str, object]:
    words = ask_words(language)
    return {
        "language": language,
        "words": words,
        "privacy_label": words.privacy,
        "subscribe_label": PHRASES.say(language, "subscribe"),
    }


def _entries(context: Context, language: str) -> list[FaqShown]:
    if context.project is None:
        return []
    return published_faq(
        db.session(),
        project_id=context.project.id,
        result_id=context.result.id if context.result else None,
        language=language,
        limit=MOST_ENTRIES,
    )
