"""Issues of digests that leave by themselves, because staff chose so.

An issue is made in one transaction and promised in a second one, after its readers were counted: at
a hundred thousand people that takes seconds, in which nobody else could write on SQLite. Where the
process was killed in between, the issue is found again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.mail.letter import Address
from outreach.mailings.digest_models import Digest
from outreach.mailings.headcount import Headcount
from outreach.mailings.holding import claim
from outreach.mailings.log import Act
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.reviewing import ask_for_review
from outreach.mailings.schedule import GRACE, NotReady, schedule
from outreach.mailings.trail_models import MailingLog

ACTOR = "the digest"


@dataclass(frozen=True, slots=True)
class Outlet:
    """How letters leave this installation."""

    sender: Address
    base_url: str
    can_send: bool


def let_look(session: Session, mailing: Mailing, *, is_late: bool, now: datetime) -> None:
    """Let somebody look at an issue before it leaves."""
    why = "It is late: nothing was running when it was due. " if is_late else ""
    asked = f"{why}An issue of the digest, made by itself. Look at it before it leaves."
    ask_for_review(session, mailing, asked, actor=ACTOR, now=now)


def issues_to_let_go(session: Session) -> Sequence[int]:
    """Return the issues that leave by themselves and were made, but not promised yet.

    Whatever somebody did to one, were it to take it back to a draft, it is theirs from then on.
    """
    later = select(MailingLog.id).where(
        MailingLog.mailing_id == Mailing.id, MailingLog.verb != Act.CREATED.value
    )
    return session.scalars(
        select(Mailing.id)
        .join(Digest, Digest.last_mailing_id == Mailing.id)
        .where(Digest.is_automatic, Mailing.state == MailingState.DRAFT, ~later.exists())
    ).all()


def let_go(
    session: Session, mailing: Mailing, outlet: Outlet, headcount: Headcount, *, now: datetime
) -> None:
    """Promise an issue that leaves by itself, or ask for a review where pre-flight keeps it back.

    `headcount` was taken before the transaction; raises Conflict when it is of other people.
    """
    claim(session, mailing)
    if mailing.id not in issues_to_let_go(session):
        return
    digest = session.scalars(select(Digest).where(Digest.last_mailing_id == mailing.id)).one()
    if now - mailing.created_at > GRACE:
        let_look(session, mailing, is_late=True, now=now)
        return
    try:
        schedule(
            session,
            mailing,
            None,
            zone=digest.zone,
            sender=outlet.sender,
            base_url=outlet.base_url,
            can_send=outlet.can_send,
            actor=ACTOR,
            now=now,
            headcount=headcount,
            goes_alone=True,
        )
    except NotReady as refusal:
        asked = f"It could not leave by itself. {refusal}"
        ask_for_review(session, mailing, asked, actor=ACTOR, now=now)
