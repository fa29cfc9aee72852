"""`/subscribe`: an address, a role, a consent; then a letter with one button on its page.

There is no session: all that a forged post could do is one letter a day to an address, as anybody
could by the form itself. So other sites may embed it as plain HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.projects.models import List
from outreach.projects.queries import lists_in_use
from outreach.stakeholders.invitations import link_by_key
from outreach.stakeholders.letters import LAST_LETTERS, LastLetters
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.public.blueprint import blueprint, page
from outreach.stakeholders.public.forms import SubscribeForm
from outreach.stakeholders.public.paces import (
    MOST,
    MOST_INVITED,
    TRIES,
    TRIES_INVITED,
    may_cause_letter,
)
from outreach.stakeholders.roles import all_roles
from outreach.stakeholders.sender import Desk
from outreach.stakeholders.signing_up import DAYS, Wish, ask_for_letters
from outreach.web.access import public
from outreach.web.i18n import page_language
from outreach.web.limits import limiter

PRESETS = ("list", "role")
"""What a link to the form may choose beforehand."""


@dataclass(frozen=True)
class Invited:
    """What a sign-up link says, as plain values."""

    id: int
    key: str
    label: str
    source: str
    roles: tuple[str, ...]
    list_slug: str


@blueprint.get("/subscribe")
@blueprint.get("/subscribe/at/<key>")
@public
def subscribe(key: str = "") -> Response:
    """Show the form."""
    invited = _invited(db.session(), key)
    form = _form(invited)
    if invited:
        form.roles.data = list(invited.roles)
    elif not form.roles.data:
        form.roles.data = request.args.getlist("role")
    return _page(form, invited, is_over=bool(key) and invited is None)


def _is_invited() -> bool:
    key = (request.view_args or {}).get("key", "")
    return _invited(db.session(), key) is not None


@blueprint.post("/subscribe")
@blueprint.post("/subscribe/at/<key>")
@public
@limiter.limit(TRIES, exempt_when=_is_invited)
@limiter.limit(TRIES_INVITED)
def send_sign_up(key: str = "") -> Response:
    """Keep the wish and send the letter; the answer is the same whoever's address it is."""
    invited = _invited(db.session(), key)
    form = _form(invited)
    if not form.validate():
        return _page(form, invited, status=422)
    rules = (MOST_INVITED,) if invited else (MOST, MOST_INVITED)
    if not may_cause_letter("sign-up", *rules):
        return page("busy", 429)
    wish = Wish(
        email=form.email.data or "",
        list_ids=form.list_ids,
        roles=form.role_slugs,
        other_role=form.other_role.data or "",
        language=page_language(),
        source=invited.source if invited else "Sign-up form",
        link_id=invited.id if invited else None,
    )
    if not form.homepage.data:
        with transaction() as session:
            ask_for_letters(session, wish, desk=desk(), now=now())
    return redirect(url_for("own.signed_up", lang=page_language()), 303)


@blueprint.get("/subscribe/sent")
@public
def signed_up() -> Response:
    """Say what happens next, alike for every address."""
    return page("signed_up", 200, {"days": str(DAYS)})


@blueprint.errorhandler(TooManyRequests)
def too_many(_error: TooManyRequests) -> Response:
    """Say that somebody has to wait."""
    return page("busy", 429)


def desk() -> Desk:
    """Return what letters are written with."""
    here = state()
    return Desk(here.settings.base_url, here.signer, here.ring)


def _invited(session: Session, key: str) -> Invited | None:
    link = link_by_key(session, key) if key else None
    if link is None or not link.is_open(now()):
        return None
    return Invited(
        id=link.id,
        key=link.key,
        label=link.label,
        source=link.source,
        roles=tuple(link.roles),
        list_slug=link.its_list.slug,
    )


def _form(invited: Invited | None) -> SubscribeForm:
    session, form = db.session(), SubscribeForm()
    form.speak(page_language(), _offered(session, invited), all_roles(session))
    return form


def _offered(session: Session, invited: Invited | None) -> Sequence[List]:
    """Return the list that was asked for, else all lists one can join."""
    lists = lists_in_use(session)
    wanted = invited.list_slug if invited else request.args.get("list", "")
    return [found for found in lists if found.slug == wanted] or lists


def about_list(one: List, language: str) -> str:
    """Say what a list is about and how often it writes, and who does."""
    who = PHRASES.say(language, "who_writes", controller=one.controller)
    return f"{one.description.pick(language)} {who}".strip()


def _page(
    form: SubscribeForm, invited: Invited | None, *, is_over: bool = False, status: int = 200
) -> Response:
    session, language = db.session(), page_language()
    offered = [one for one in lists_in_use(session) if one.slug in form.offered_lists]
    find: LastLetters = current_app.extensions[LAST_LETTERS]
    letters = find(session, [one.id for one in offered])
    key = invited.key if invited else None
    endpoint = "own.send_sign_up"
    here = request.args.get("list") or None
    return page(
        "subscribe",
        status,
        {
            "form": form,
            "offered": offered,
            "about": {one.slug: about_list(one, language) for one in offered},
            "last_letters": [
                (one.name.pick(language), letters[one.id]) for one in offered if one.id in letters
            ],
            "invited": invited,
            "kept": [(name, said) for name in PRESETS for said in request.args.getlist(name)],
            "is_over": is_over,
            "action": url_for(endpoint, key=key, list=here, lang=language),
        },
    )
