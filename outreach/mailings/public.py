"""The web version of a letter, and the pictures of letters: open to everybody, without a token."""

import re

from flask import (
    Blueprint,
    Response,
    after_this_request,
    make_response,
    render_template,
    request,
    send_file,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.accounts.permissions import scope_of
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import NotFound, Refusal
from outreach.core.signing import TokenKind
from outreach.core.slugs import SLUG_LENGTH
from outreach.core.state import state
from outreach.mailings.archive import published_letter, shown
from outreach.mailings.blocks import Event, load
from outreach.mailings.branding import is_logo
from outreach.mailings.calendars import entry_of
from outreach.mailings.covers import is_cover
from outreach.mailings.crops import is_crop
from outreach.mailings.freezing import gather, thaw
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.models import Mailing
from outreach.mailings.moments import FARTHEST
from outreach.mailings.outlet import installation_sender
from outreach.mailings.pictures import is_picture
from outreach.mailings.planning import PAST, as_calendar, digests_due, planned
from outreach.mailings.previewing import web_version
from outreach.results.models import StoredFile
from outreach.results.storage import path_of
from outreach.web.access import public
from outreach.web.headers import as_letter, without_trace

blueprint = Blueprint("web_mailings", __name__, url_prefix="/mailings")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNCHANGING = "public, max-age=31536000, immutable"


@blueprint.get("/<web_key>")
@public
def letter(web_key: str) -> Response:
    """Show a letter as it was promised, to everybody who has its unguessable address.

    A published one has a readable address too. A draft is shown as it stands: only those who got a
    test of it know where.
    """
    if found := published_letter(db.session(), web_key[:SLUG_LENGTH]):
        return as_letter(make_response(_written(found, is_archive=True)))
    return as_letter(without_trace(make_response(_written(mailing_by_key(db.session(), web_key)))))


def mailing_by_key(session: Session, web_key: str) -> Mailing:
    """Return the mailing with this unguessable key; raises NotFound for none."""
    if not _KEY.fullmatch(web_key):
        raise NotFound
    found = session.scalars(select(Mailing).where(Mailing.web_key == web_key)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _written(mailing: Mailing, *, is_archive: bool = False) -> str:
    is_tried = mailing.revision is None or request.args.get("test") == "yes"
    try:
        return web_version(letter_shown(mailing, is_archive=is_archive), is_tried=is_tried)
    except Refusal as refusal:
        raise NotFound from refusal


def letter_shown(mailing: Mailing, *, is_archive: bool = False) -> FrozenLetter:
    """Return a letter as everybody may see it, in the edition that is asked for.

    A draft is taken as it stands; raises Refusal where none can be made of it.
    """
    language, line = request.args.get("lang", ""), request.args.get("line", "")
    role = request.args.get("as", "")
    if mailing.revision is not None:
        letter = thaw(mailing.revision)
        return shown(mailing, letter, language, line=line, role=role, is_archive=is_archive)
    settings = state().settings
    sender = installation_sender(settings)
    made = gather(db.session(), mailing, sender=sender, base_url=settings.base_url)
    return shown(mailing, made, language, role=role)


def _is_shown(sha256: str) -> bool:
    session = db.session()
    return any(look(session, sha256) for look in (is_picture, is_cover, is_crop, is_logo))


@blueprint.get("/<web_key>/<block_id>.ics")
@public
def calendar_entry(web_key: str, block_id: str) -> Response:
    """Give an event of a letter as an entry for a calendar (RFC 5545)."""
    found = mailing_by_key(db.session(), web_key)
    content = thaw(found.revision).content if found.revision else load(found.content)
    event = content.block(block_id)
    if not isinstance(event, Event):
        raise NotFound
    answer = make_response(entry_of(event, uid=f"{block_id}.{web_key}", now=found.updated_at))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="event.ics"'
    return without_trace(answer)


@blueprint.get("/planned/<token>.ics")
@public
def plan(token: str) -> Response:
    """Give what is planned to the calendar program of a user, as far as they may see it now."""
    after_this_request(without_trace)  # also of an answer that says there is nothing
    redeemed = state().signer.redeem(token, TokenKind.PLAN)
    user = db.session.get(User, redeemed.number) if redeemed else None
    allowed = scope_of(user.memberships, "mailings.see") if user and user.active else None
    if not allowed:
        raise NotFound
    reach = None if allowed.is_everywhere else allowed.project_ids
    moment = now()
    found = planned(db.session(), reach, since=moment - PAST, until=moment + FARTHEST)
    digests = digests_due(db.session(), reach, since=moment - PAST, until=moment + FARTHEST)
    answer = make_response(as_calendar(found, digests, state().settings.base_url))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    return answer


@blueprint.get("/sample")
@public
def sample() -> str:
    """Say what a reader's own links do: where they lead in previews and tests."""
    return render_template("mailings/sample.html")


@blueprint.get("/pictures/<sha256>")
@public
def picture(sha256: str) -> Response:
    """Serve a picture of a letter; its address is its digest, so it never changes."""
    if not _SHA256.fullmatch(sha256) or not _is_shown(sha256):
        raise NotFound
    stored = db.session.get_one(StoredFile, sha256)
    path = path_of(state().settings.documents, sha256)
    if not path.is_file():
        raise NotFound
    answer = send_file(path, mimetype=stored.content_type, etag=sha256)
    answer.headers["Cache-Control"] = _UNCHANGING
    # Mail programs load it from the reader's side, wherever that is.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
