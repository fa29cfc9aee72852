"""The page of a review link: every variant to read, a comment per block, “I agree”.

Public, without account, session or script; the token is bound to one link of one mailing, and its
answers stay out of caches, search engines and referrers. Nothing here changes the letter.
"""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from limits import parse
from werkzeug.wrappers import Response as AnyResponse

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, NotFound, Refusal
from outreach.core.signing import TokenKind
from outreach.core.state import state
from outreach.mailings.blocks import (
    Acknowledgement,
    Block,
    Variant,
    edition,
    load,
    merge,
    several_lines,
)
from outreach.mailings.freezing import gather
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender
from outreach.mailings.previewing import Preview, preview, sample_facts
from outreach.mailings.rendering.words import phrase as letter_phrase
from outreach.mailings.review_links import (
    LONGEST_COMMENT,
    agree,
    comment,
    comments_of,
    opened,
)
from outreach.mailings.review_models import ReviewLink
from outreach.mailings.review_phrases import REVIEW
from outreach.mailings.subject_test import ARMS
from outreach.mailings.words import block_words
from outreach.web.access import public
from outreach.web.filters import language_name
from outreach.web.forms import tidy
from outreach.web.headers import as_letter, without_trace
from outreach.web.i18n import page_language
from outreach.web.limits import TooMany, client_key, hashed, hold_back
from outreach.web.phrasebook import Speaker, day_in

blueprint = Blueprint("review", __name__, url_prefix="/review")
BY_ONE_LINK = parse("60 per hour")
BY_ONE_CLIENT = parse("120 per hour")
LARGEST_FORM = 64 * 1024
_BREAK = re.compile(r"(?<!\n)\n(?!\n|[-*+#>] )")


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody with a review link has before them."""

    link: ReviewLink
    mailing: Mailing
    letter: FrozenLetter
    variant: Variant

    @property
    def role_id(self) -> int | None:
        """The role of the variant, by its key; None for everybody else's."""
        ids = (key for key, role in self.letter.roles.items() if role.slug == self.variant.role)
        return next(ids, None)


@blueprint.before_request
def keep_small() -> None:
    """Read no more of a form than a comment takes."""
    request.max_content_length = LARGEST_FORM


@blueprint.get("/<token>")
@public
def page(token: str) -> Response:
    """Show every variant, one at a time, and what can be said of it."""
    desk = _desk(token)
    return _over() if desk is None else _page(token, desk)


@blueprint.get("/<token>/letter")
@public
def letter(token: str) -> Response:
    """Give the letter itself, for the page's frame, under its own sandboxed policy."""
    desk = _desk(token)
    if desk is None:
        raise NotFound
    return without_trace(as_letter(make_response(_made(desk).html)))


@blueprint.post("/<token>/comments")
@public
def say(token: str) -> AnyResponse:
    """Keep a comment."""
    desk = _desk(token)
    if desk is None:
        return _over()
    phrase = REVIEW.speaker(page_language())
    block_id, body = (
        request.form.get("block", ""),
        several_lines(tidy(request.form.get("body", ""))),
    )
    if not body:
        return _page(token, desk, error=phrase("empty"), at=block_id, status=422)
    if len(body) > LONGEST_COMMENT:
        said = phrase("long", limit=str(LONGEST_COMMENT))
        return _page(token, desk, error=said, at=block_id, typed=body, status=422)
    try:
        _hold_back(desk.link)
        with transaction() as session:
            link = session.get_one(ReviewLink, desk.link.id)
            comment(session, link, body, block_id=block_id, variant=desk.variant.key, now=now())
    except TooMany as refusal:
        return _page(token, desk, error=phrase("many"), at=block_id, typed=body, refusal=refusal)
    except Conflict as refusal:
        return _page(token, desk, error=phrase("closed"), at="", typed=body, refusal=refusal)
    except Refusal as refusal:
        said = phrase("changed")
        return _page(token, desk, error=said, at=block_id, typed=body, refusal=refusal)
    return _back(token, f"part-{block_id or 'whole'}")


@blueprint.post("/<token>/agreement")
@public
def consent(token: str) -> AnyResponse:
    """Keep that its bearer agrees to the letter as it stands."""
    desk = _desk(token)
    if desk is None:
        return _over()
    phrase = REVIEW.speaker(page_language())
    version = request.form.get("version", type=int) or 0
    try:
        with transaction() as session:
            link = session.get_one(ReviewLink, desk.link.id)
            agree(session, link, lock_version=version, now=now())
    except Refusal as refusal:
        is_closed = not desk.mailing.is_editable
        said = phrase("closed" if is_closed else "changed")
        return _page(token, desk, error=said, at="agree", refusal=refusal)
    return _back(token, "agree")


def _desk(token: str) -> Desk | None:
    """Return what a token opens; None where it is not genuine, over, withdrawn, or unreadable."""
    redeemed = state().signer.redeem(token, TokenKind.REVIEW)
    if redeemed is None:
        return None
    session = db.session()
    link = opened(session, redeemed.mailing_id, redeemed.number, now=now())
    if link is None:
        return None
    mailing = session.get_one(Mailing, link.mailing_id)
    # Under the address it is looked at, or its pictures would be another site's.
    base_url = request.host_url.rstrip("/")
    made = gather(session, mailing, sender=installation_sender(state().settings), base_url=base_url)
    asked = request.values.get("variant", "")
    variant = next((each for each in made.variants if each.key == asked), made.variants[0])
    return Desk(link, mailing, made, variant)


def _made(desk: Desk) -> Preview:
    letter = desk.letter.edition(desk.variant)
    try:
        return preview(letter, sample_facts(letter, desk.role_id))
    except Refusal as refusal:
        raise NotFound from refusal


def _hold_back(link: ReviewLink) -> None:
    for rule, key in (
        (BY_ONE_LINK, hashed("review", str(link.id))),
        (BY_ONE_CLIENT, client_key("review")),
    ):
        hold_back(rule, key, message="There were many comments.", remedy="Wait {minutes} minutes.")


def _page(
    token: str,
    desk: Desk,
    *,
    error: str = "",
    at: str = "",
    typed: str = "",
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response:
    language = page_language()
    phrase = REVIEW.speaker(language)
    own = [each for each in comments_of(db.session(), desk.mailing.id) if _is_of(each, desk)]
    content = edition(load(desk.mailing.content), desk.variant)
    letter = desk.letter.edition(desk.variant)
    values: dict[str, Any] = {
        "title": desk.letter.title,
        "variants": [(each, _named(desk, each, phrase, language)) for each in desk.letter.variants],
        "variant": desk.variant,
        "subject": letter.title,
        "preheader": letter.preheader,
        "tried": [each for arm, each in letter.arms().items() if arm not in {"", ARMS[0]}],
        "parts": [(block, _words(block, letter)) for block in content.blocks],
        "own": own,
        "is_open": desk.mailing.is_editable,
        "link": desk.link,
        "mailing": desk.mailing,
        "by": desk.link.created_by,
        "until": day_in(language, desk.link.expires_at),
        "agreed_on": day_in(language, desk.link.agreed_at) if desk.link.agreed_at else "",
        "token": token,
        "error": error,
        "at": at,
        "typed": typed,
        "limit": LONGEST_COMMENT,
    }
    return _answer(phrase, language, refusal.status if refusal else status, values)


def _is_of(each: Any, desk: Desk) -> bool:
    return bool(each.link_id == desk.link.id)


def _named(desk: Desk, variant: Variant, phrase: Speaker, language: str) -> str:
    """Name a variant to somebody outside: whom it is for, and in which language."""
    names = {role.slug: role.name for role in desk.letter.roles.values()}
    role = names.get(variant.role, variant.role) if variant.role else phrase("everybody")
    spoken = {each.language for each in desk.letter.variants}
    return f"{role}, {language_name(variant.language, language)}" if len(spoken) > 1 else role


def _words(block: Block, letter: FrozenLetter) -> str:
    """Return the words by which a reader knows a part again, without the breaks of its source."""
    if isinstance(block, Acknowledgement):
        return letter.acknowledgements.get(block.project, "")
    return merge.to_fallbacks(_BREAK.sub(" ", block_words(block)))


def _over() -> Response:
    """Say that a link leads nowhere any more; forged, expired and withdrawn ones look alike."""
    language = page_language()
    return _answer(REVIEW.speaker(language), language, 404, {"is_over": True})


def _answer(phrase: Speaker, language: str, status: int, values: dict[str, Any]) -> Response:
    page = render_template(
        "mailings/review.html",
        language=language,
        phrase=phrase,
        privacy_label=letter_phrase("privacy", language),
        **values,
    )
    answer = without_trace(make_response(page, status))
    answer.vary.add("Accept-Language")
    return answer


def _back(token: str, anchor: str) -> AnyResponse:
    address = url_for(
        ".page",
        token=token,
        variant=request.form.get("variant") or None,
        lang=request.args.get("lang") or None,
        _anchor=anchor,
    )
    return redirect(address, code=303)
