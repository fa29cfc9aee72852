"""`/preferences`: a link to one's own data, mailed to the address, that opens once.

The answer is the same for every address (S5). The link leads to one button, because programs that
check mail would otherwise use it up; the page behind it stays open for half an hour.
"""

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.stakeholders.addresses import masked
from outreach.stakeholders.erasing import erase
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.models import OwnLink, OwnLinkKind, Stakeholder
from outreach.stakeholders.public.blueprint import blueprint, page
from outreach.stakeholders.public.own_forms import AddressForm
from outreach.stakeholders.public.paces import MOST, TRIES, may_cause_letter
from outreach.stakeholders.public.subscribing import desk
from outreach.stakeholders.readdressing import Moved, readdress
from outreach.stakeholders.rights import Passes, send_own_link, unused_link
from outreach.web.access import public
from outreach.web.i18n import page_language
from outreach.web.limits import limiter


class LinkOver(NotFound):
    """A link to one's own data that is over, used, cut off or made up."""


@blueprint.get("/preferences")
@public
def own() -> Response:
    """Ask for the address."""
    form = AddressForm()
    form.speak(page_language())
    return page("own", 200, {"form": form})


@blueprint.post("/preferences")
@public
@limiter.limit(TRIES)
def send_link() -> Response:
    """Mail the link; the answer is the same whoever's address it is."""
    form, language = AddressForm(), page_language()
    form.speak(language)
    if not form.validate():
        return page("own", 422, {"form": form})
    if not may_cause_letter("own-link", MOST):
        return page("busy", 429)
    if not form.homepage.data:
        with transaction() as session:
            send_own_link(session, form.email.data or "", language=language, desk=desk(), now=now())
    return redirect(url_for("own.link_sent", lang=language), 303)


@blueprint.get("/preferences/sent")
@public
def link_sent() -> Response:
    """Say what happens next, alike for every address."""
    return page("own_sent")


@blueprint.get("/preferences/open/<token>")
@public
def ask_to_open(token: str) -> Response:
    """Show the button that opens one's own page."""
    _link, person = link_of(db.session(), token, OwnLinkKind.DATA)
    return page("open", 200, {"token": token, "address": masked(person.email)})


@blueprint.post("/preferences/open/<token>")
@public
def open_own(token: str) -> Response:
    """Use the link up, and open one's own page."""
    with transaction() as session:
        link, _person = link_of(session, token, OwnLinkKind.DATA)
        link.opened_at = now()
        key = Passes(state().ring).of(link)
    return redirect(url_for("own.own_page", key=key, lang=page_language()), 303)


@blueprint.get("/preferences/erase/<token>")
@public
def ask_to_erase_all(token: str) -> Response:
    """Show the button that erases."""
    _link, person = link_of(db.session(), token, OwnLinkKind.ERASE)
    return page("erase", 200, {"token": token, "address": masked(person.email)})


@blueprint.post("/preferences/erase/<token>")
@public
def erase_all(token: str) -> Response:
    """Forget the person in every room."""
    here = state()
    with transaction() as session:
        link, person = link_of(session, token, OwnLinkKind.ERASE)
        link.opened_at = now()
        erase(
            session,
            person.id,
            now=now(),
            erasures=here.contributions.erasures,
            ring=here.ring,
            actor=THE_PERSON,
        )
    return page("erased")


@blueprint.get("/preferences/address/<token>")
@public
def ask_to_move(token: str) -> Response:
    """Show the button that lets letters go to a new address."""
    link, person = link_of(db.session(), token, OwnLinkKind.ADDRESS)
    old = masked(person.email)
    return page("address", 200, {"token": token, "address": link.new_email, "old": old})


@blueprint.post("/preferences/address/<token>")
@public
def move(token: str) -> Response:
    """Let a person have the new address, or ask staff where it is somebody's already."""
    with transaction() as session:
        link, person = link_of(session, token, OwnLinkKind.ADDRESS)
        moved = readdress(session, link, person, language=page_language(), desk=desk(), now=now())
        address = link.new_email
    return page("moved" if moved is Moved.DONE else "address_taken", 200, {"address": address})


@blueprint.errorhandler(LinkOver)
def link_over(_error: LinkOver) -> Response:
    """Say that a link is over, and how to get another."""
    db.session.rollback()
    return page("own_over", 404)


def link_of(session: Session, token: str, kind: OwnLinkKind) -> tuple[OwnLink, Stakeholder]:
    """Return what an unused link of a letter names; raises LinkOver for anything else."""
    genuine = state().signer.redeem(token, TokenKind.OWN_DATA)
    try:
        return unused_link(session, genuine, kind, now=now())
    except NotFound as error:
        raise LinkOver from error
