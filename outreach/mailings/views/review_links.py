"""Review links: given out and withdrawn by staff; what came by them, and what was seen to."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.mailings.blocks import load
from outreach.mailings.models import Mailing
from outreach.mailings.review_links import comments_of, invite, links_of, revoke, settle
from outreach.mailings.review_models import ReviewComment, ReviewLink
from outreach.mailings.views.blueprint import ID, actor, blueprint, mailing_in_reach
from outreach.mailings.words import BLOCKS, block_words, variant_words
from outreach.web.access import requires


@dataclass(frozen=True, slots=True)
class LinkShown:
    """A review link as staff see it."""

    link: ReviewLink
    address: str
    is_open: bool
    has_agreed: bool
    """To the letter as it stands now."""


@dataclass(frozen=True, slots=True)
class CommentShown:
    """A comment with the place it was made at."""

    comment: ReviewComment
    place: str
    variant: str


@blueprint.post(f"/<{ID}:mailing_id>/review-links")
@requires("mailings.edit")
def give_review_link(mailing_id: int) -> Response:
    """Make a link for somebody without an account."""
    name, days = request.form.get("name", ""), request.form.get("days", type=int) or 0

    def given(session: Session, found: Mailing) -> None:
        invite(session, found, name, days=days, actor=actor(), now=now())

    said = "The link is ready. Copy it below and send it to them."
    return _done(mailing_id, given, said, "review-links")


@blueprint.post(f"/<{ID}:mailing_id>/review-links/<{ID}:link_id>/withdraw")
@requires("mailings.edit")
def withdraw_review_link(mailing_id: int, link_id: int) -> Response:
    """Let a link lead nowhere."""

    def withdrawn(session: Session, found: Mailing) -> None:
        revoke(session, found, link_id, actor=actor(), now=now())

    return _done(mailing_id, withdrawn, "The link leads nowhere any more.", "review-links")


@blueprint.post(f"/<{ID}:mailing_id>/comments/<{ID}:comment_id>/done")
@requires("mailings.edit")
def settle_comment(mailing_id: int, comment_id: int) -> Response:
    """Say that a comment was seen to, or that it was not after all."""

    def settled(session: Session, found: Mailing) -> None:
        settle(session, found, comment_id, actor=actor(), now=now())

    block = request.form.get("block", "")
    if block:
        _done(mailing_id, settled, "")
        return redirect(url_for(".content", mailing_id=mailing_id, block=block, _anchor="settings"))
    return _done(mailing_id, settled, "", "review-links")


def links_shown(mailing: Mailing) -> list[LinkShown]:
    """Return a mailing's review links with their addresses."""
    signer, base_url = state().signer, state().settings.base_url
    return [
        LinkShown(
            link,
            f"{base_url}{url_for('review.page', token=signer.review(mailing.id, link.id))}",
            link.is_open(now()),
            link.agreed_version == mailing.lock_version,
        )
        for link in links_of(db.session(), mailing.id)
    ]


def comments_shown(mailing: Mailing) -> list[CommentShown]:
    """Return what was said of a mailing, each with its place; those not seen to come first."""
    places = {
        block.id: f"{BLOCKS[block.kind][0]}: {block_words(block)[:80]}"
        for block in load(mailing.content).blocks
    }
    found = comments_of(db.session(), mailing.id)
    return [
        CommentShown(
            each,
            places.get(each.block_id, "A block that was removed")
            if each.block_id
            else "The letter as a whole",
            variant_words(each.variant),
        )
        for each in sorted(found, key=lambda each: each.done_at is not None)
    ]


def _done(
    mailing_id: int, act: Callable[[Session, Mailing], None], said: str, anchor: str = ""
) -> Response:
    found = mailing_in_reach(mailing_id)
    try:
        with transaction() as session:
            act(session, found)
    except Refusal as refusal:
        flash(str(refusal), "warning")
    else:
        if said:
            flash(said, "success")
    return redirect(url_for(".mailing", mailing_id=mailing_id, _anchor=anchor or None))
