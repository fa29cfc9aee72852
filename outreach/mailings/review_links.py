"""Review by somebody without an account: a link that ends, comments, and “I agree”.

Whoever has the link may read every variant and say something; nothing they do changes the letter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, NotFound, Refusal
from outreach.mailings.blocks import load, variants_of
from outreach.mailings.holding import StaleEdit, claim
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing
from outreach.mailings.review_models import ReviewComment, ReviewLink

LONGEST_COMMENT = 2_000
MOST_COMMENTS = 200
"""By one link; a letter has at most 60 blocks."""
MOST_LINKS = 50
DAYS = (3, 7, 14, 30)
"""For how long a link may be given."""


def invite(
    session: Session, mailing: Mailing, name: str, *, days: int, actor: str, now: datetime
) -> ReviewLink:
    """Make a link for somebody; raises Refusal without a name, Conflict when it is no draft."""
    claim(session, mailing)
    if not mailing.is_editable:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}; its words can no longer be changed.",
            "Take it back to a draft before you ask for comments.",
        )
    name = " ".join(name.split())[:120]
    if not name:
        raise Refusal("Whom the link is for is missing.", "Write their name.")
    if days not in DAYS:
        raise Refusal("This is no time a link can last.", "Choose one of those offered.")
    if len(links_of(session, mailing.id)) >= MOST_LINKS:
        raise Refusal(f"A mailing has at most {MOST_LINKS} review links.")
    link = ReviewLink(
        mailing_id=mailing.id,
        name=name,
        created_at=now,
        created_by=actor[:200],
        expires_at=now + timedelta(days=days),
    )
    session.add(link)
    note(session, mailing, Act.SHOWN, actor=actor, now=now, detail=f"to {name}, for {days} days")
    session.flush()  # its key stands in its address
    return link


def revoke(session: Session, mailing: Mailing, link_id: int, *, actor: str, now: datetime) -> None:
    """Let a link lead nowhere any more; what was said by it stays."""
    link = _link(session, mailing, link_id)
    if link.revoked_at is None:
        link.revoked_at = now
        note(session, mailing, Act.WITHDREW, actor=actor, now=now, detail=f"of {link.name}")


def opened(session: Session, mailing_id: int, link_id: int, *, now: datetime) -> ReviewLink | None:
    """Return the link a genuine token names while it is open; None for any other."""
    link = session.get(ReviewLink, link_id)
    is_its_own = link is not None and link.mailing_id == mailing_id
    return link if link is not None and is_its_own and link.is_open(now) else None


def comment(
    session: Session,
    link: ReviewLink,
    body: str,
    *,
    block_id: str = "",
    variant: str = "",
    now: datetime,
) -> ReviewComment:
    """Keep what somebody said; the same words twice are kept once.

    Raises Conflict when the letter is no longer worked on, NotFound for a block or a variant that
    is not there, Refusal for a text that is empty or too long, or for too many.
    """
    mailing = _open_mailing(session, link)
    content = load(mailing.content)
    if block_id:
        content.block(block_id)
    if variant not in {each.key for each in variants_of(content, mailing.language)}:
        raise NotFound
    if not body or len(body) > LONGEST_COMMENT:
        raise Refusal(f"A comment has at least a word and at most {LONGEST_COMMENT} characters.")
    said = [each for each in comments_of(session, mailing.id) if each.link_id == link.id]
    same = (each for each in said if (each.block_id, each.body) == (block_id, body))
    if found := next(same, None):
        return found
    if len(said) >= MOST_COMMENTS:
        raise Refusal(f"There is room for {MOST_COMMENTS} comments.")
    kept = ReviewComment(
        mailing_id=mailing.id,
        link_id=link.id,
        block_id=block_id,
        variant=variant,
        body=body,
        author=link.name,
        at=now,
    )
    session.add(kept)
    note(session, mailing, Act.COMMENTED, actor=link.name, now=now, detail=body[:200])
    return kept


def agree(session: Session, link: ReviewLink, *, lock_version: int, now: datetime) -> None:
    """Keep that somebody agrees to the letter as they read it; raises StaleEdit, Conflict."""
    mailing = _open_mailing(session, link)
    if mailing.lock_version != lock_version:
        raise StaleEdit
    if link.agreed_version == lock_version:
        return
    link.agreed_at, link.agreed_version = now, lock_version
    note(session, mailing, Act.AGREED, actor=link.name, now=now)


def settle(
    session: Session, mailing: Mailing, comment_id: int, *, actor: str, now: datetime
) -> None:
    """Say that a comment was seen to, or with the next call that it was not."""
    found = session.get(ReviewComment, comment_id)
    if found is None or found.mailing_id != mailing.id:
        raise NotFound
    is_done = found.done_at is None
    found.done_at, found.done_by = (now, actor[:200]) if is_done else (None, "")


def links_of(session: Session, mailing_id: int) -> Sequence[ReviewLink]:
    """Return a mailing's review links, the newest first."""
    query = select(ReviewLink).where(ReviewLink.mailing_id == mailing_id)
    return session.scalars(query.order_by(ReviewLink.id.desc())).all()


def comments_of(session: Session, mailing_id: int) -> Sequence[ReviewComment]:
    """Return what was said of a mailing, in the order of time."""
    query = select(ReviewComment).where(ReviewComment.mailing_id == mailing_id)
    return session.scalars(query.order_by(ReviewComment.id)).all()


def waiting_comments(session: Session, mailing_id: int) -> int:
    """Return how many comments nobody has seen to."""
    query = select(func.count()).where(
        ReviewComment.mailing_id == mailing_id, ReviewComment.done_at.is_(None)
    )
    return session.scalar(query) or 0


def _open_mailing(session: Session, link: ReviewLink) -> Mailing:
    mailing = session.get_one(Mailing, link.mailing_id)
    claim(session, mailing)
    if not mailing.is_editable:
        raise Conflict("The letter is no longer being worked on.")
    return mailing


def _link(session: Session, mailing: Mailing, link_id: int) -> ReviewLink:
    found = session.get(ReviewLink, link_id)
    if found is None or found.mailing_id != mailing.id:
        raise NotFound
    return found
