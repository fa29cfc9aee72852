"""`/u/<token>`: leaving by one click, from a mail program's own button or from the letter's link.

RFC 8058: the POST needs no cookie, no sign-in and no token of a form, and answers without a
redirect. A GET only shows the button, because programs that check mail follow every link.
"""

from flask import request
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.stakeholders.consents import Leaving
from outreach.stakeholders.letters import LEFT, Bearer, UnknownLetter
from outreach.stakeholders.public.blueprint import bearer, blueprint, page
from outreach.stakeholders.receipts import Receipts, leave_by_letter
from outreach.web.access import public
from outreach.web.i18n import page_language

FIELD, VALUE = "List-Unsubscribe", "One-Click"
"""The one body that unsubscribes (RFC 8058, section 3.2); any other changes nothing."""


@blueprint.get("/u/<token>")
@public
def leave(token: str) -> Response:
    """Show the button that unsubscribes."""
    return _ask(bearer(db.session(), token, TokenKind.UNSUBSCRIBE))


@blueprint.post("/u/<token>")
@public
def leave_at_once(token: str) -> Response:
    """Unsubscribe, and say so with a way back."""
    if request.form.getlist(FIELD) != [VALUE]:
        return _ask(bearer(db.session(), token, TokenKind.UNSUBSCRIBE), status=400)
    with transaction() as session:
        whose = bearer(session, token, TokenKind.UNSUBSCRIBE)
        left = leave_by_letter(session, whose, every_list=False, now=now())
    return page("left", 200, {**_frame(whose), **said_of(left, is_all=False)})


def said_of(left: Leaving, *, is_all: bool) -> dict[str, object]:
    """Return what the page says that confirms it, once it is done; whoever counts is told."""
    if left.entry_ids and not left.is_repeated:
        request.environ[LEFT] = True
    return {"is_all": is_all, "receipt": Receipts(state().ring).of_leaving(left)}


def _ask(whose: Bearer, *, status: int = 200) -> Response:
    return page("leave", status, {**_frame(whose), "field": FIELD, "value": VALUE})


def _frame(whose: Bearer) -> dict[str, object]:
    """What both pages say; the same letter has a token of its own for the page of choices."""
    tokens = state().signer.delivery_tokens(whose.mailing_id, whose.number)
    return {
        "bearer": whose,
        "list_name": whose.list_name.pick(page_language()),
        "preferences": tokens.preferences,
    }


@blueprint.errorhandler(UnknownLetter)
def unknown_letter(_error: UnknownLetter) -> Response:
    """Say, alike for every link that leads nowhere, what to do instead."""
    db.session.rollback()
    return page("old", 404)
