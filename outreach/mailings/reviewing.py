"""Review by a second person: asked for, answered with approval or with a comment."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.mailings.approving import approvals_of, approve
from outreach.mailings.blocks import load, variants_of
from outreach.mailings.holding import claim
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.trail_models import MailingLog

LONGEST_COMMENT = 900


def ask_for_review(
    session: Session, mailing: Mailing, comment: str, *, actor: str, now: datetime
) -> None:
    """Give a draft to somebody else to look at; raises Conflict when it is none."""
    claim(session, mailing)
    mailing.move_to(MailingState.IN_REVIEW, now=now)
    note(session, mailing, Act.ASKED, actor=actor, now=now, detail=_tidy(comment))


def approve_all(
    session: Session, mailing: Mailing, *, lock_version: int, actor: str, now: datetime
) -> None:
    """Say that every variant may leave as it stands; it can be scheduled then.

    Raises Conflict when it is not in review, and for whoever asked: a second person looks at it.
    """
    _in_review(session, mailing)
    if asked_by(session, mailing.id) == actor:
        raise Conflict(
            "You asked for this review yourself.", "Somebody else with access “sender” approves it."
        )
    for variant in variants_of(load(mailing.content), mailing.language):
        approve(session, mailing, variant.key, lock_version=lock_version, actor=actor, now=now)


def is_seconded(session: Session, mailing: Mailing) -> bool:
    """Say whether somebody who did not ask for it approved every variant as it stands now."""
    asker = asked_by(session, mailing.id)
    approvals = approvals_of(session, mailing).items()
    seconded = {key for key, approval in approvals if approval.actor != asker}
    return {each.key for each in variants_of(load(mailing.content), mailing.language)} <= seconded


def send_back(
    session: Session, mailing: Mailing, comment: str, *, actor: str, now: datetime
) -> None:
    """Make it a draft again with what is to be changed; raises Refusal without a word."""
    _in_review(session, mailing)
    said = _tidy(comment)
    if not said:
        raise Refusal("What should change is missing.", "Write it for whoever asked.")
    mailing.move_to(MailingState.DRAFT, now=now, reason=f"{actor} sent it back: {said}"[:400])
    note(session, mailing, Act.SENT_BACK, actor=actor, now=now, detail=said)


def asked_by(session: Session, mailing_id: int) -> str:
    """Return who asked for the review last; "" when nobody did."""
    asked = last_asked(session, mailing_id)
    return asked.actor if asked else ""


def last_asked(session: Session, mailing_id: int) -> MailingLog | None:
    """Return the line of the log that asked for the review last, with what to look at."""
    asked = (
        select(MailingLog)
        .where(MailingLog.mailing_id == mailing_id, MailingLog.verb == Act.ASKED.value)
        .order_by(MailingLog.id.desc())
        .limit(1)
    )
    return session.scalar(asked)


def _in_review(session: Session, mailing: Mailing) -> None:
    claim(session, mailing)
    if mailing.state is not MailingState.IN_REVIEW:
        raise Conflict(
            f"This mailing is {mailing.state.label.lower()}, not in review.",
            "Look at the mailing again to see where it stands.",
        )


def _tidy(comment: str) -> str:
    return " ".join(comment.split())[:LONGEST_COMMENT]
