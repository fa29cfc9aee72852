"""The page a sign-up's letter leads to: one button, then for an hour what one likes to add."""

from flask import redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.stakeholders.addresses import masked
from outreach.stakeholders.models import ASKED_BY_US, SignUp, Topic
from outreach.stakeholders.own_data import More, say_more
from outreach.stakeholders.public.blueprint import blueprint, page
from outreach.stakeholders.public.forms import TOPICS_SHOWN, MoreForm
from outreach.stakeholders.public.subscribing import desk
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.signing_up import (
    agree_too,
    confirm,
    lists_of,
    may_say_more,
    named,
    pending,
)
from outreach.web.access import public
from outreach.web.i18n import page_language


class Expired(NotFound):
    """A sign-up's link that is over, cut off or made up."""


@blueprint.get("/subscribe/confirm/<token>")
@public
def ask_to_confirm(token: str) -> Response:
    """Show the button."""
    return _button_or_word(_asked(db.session(), token))


@blueprint.post("/subscribe/confirm/<token>")
@public
def confirm_sign_up(token: str) -> Response:
    """Put them on the list."""
    with transaction() as session:
        confirm(session, _asked(session, token), desk=desk(), now=now())
    return redirect(url_for("own.say_more_form", token=token, lang=page_language()), 303)


@blueprint.get("/subscribe/more/<token>")
@public
def say_more_form(token: str) -> Response:
    """Say that they are on the list, and ask for more while that is allowed."""
    asked = _asked(db.session(), token)
    if not may_say_more(asked, now()):
        return _button_or_word(asked)
    form = _form(asked)
    form.language.data = asked.language
    return page("more", 200, {**_frame(asked), "form": form})


@blueprint.post("/subscribe/more/<token>")
@public
def keep_more(token: str) -> Response:
    """Keep what they added."""
    asked, language = _asked(db.session(), token), page_language()
    form = _form(asked)
    if not may_say_more(asked, now()):
        return _button_or_word(asked)
    if not form.validate():
        return page("more", 422, {**_frame(asked), "form": form})
    told = More(
        name=form.name.data or "",
        organisation=form.organisation.data or "",
        country=form.country_code,
        language=form.language_code,
        tier=form.tier,
        topics=form.topic_slugs,
    )
    agreed = form.agreed
    with transaction() as session:
        asked = _asked(session, token)
        say_more(session, asked.stakeholder_id or 0, told, now=now(), ring=state().ring)
        for purpose in agreed:
            agree_too(session, asked, purpose, language=language, now=now())
    return page("thanks")


@blueprint.errorhandler(Expired)
def expired(_error: Expired) -> Response:
    """Say that a link is over, and how to begin again."""
    db.session.rollback()
    return page("expired", 404)


def _asked(session: Session, token: str) -> SignUp:
    genuine = state().signer.redeem(token, TokenKind.SIGN_UP)
    try:
        return pending(session, genuine, now=now())
    except NotFound as error:
        raise Expired from error


def _button_or_word(asked: SignUp) -> Response:
    if asked.confirmed_at:
        return page("confirmed", 200, _frame(asked))
    # Whoever was asked by us gets letters already: this page subscribes nobody.
    says = "go_on" if asked.source == ASKED_BY_US else "confirm"
    return page("confirm", 200, {**_frame(asked), "says": says})


def _form(asked: SignUp) -> MoreForm:
    form = MoreForm()
    has_level = any(role.is_public for role in all_roles(db.session()) if role.slug in asked.roles)
    topics = db.session.scalars(select(Topic).order_by(Topic.slug).limit(TOPICS_SHOWN)).all()
    form.speak(page_language(), topics, has_level=has_level)
    return form


def _frame(asked: SignUp) -> dict[str, object]:
    token = state().signer.sign_up(asked.id, asked.requested_at)
    return {
        "list_name": named(lists_of(db.session(), asked), page_language()),
        "address": masked(asked.email),
        "token": token,
    }
