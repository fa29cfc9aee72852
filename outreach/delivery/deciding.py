"""The end of a subject test: the line everybody else gets, chosen once, and the rest let go."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from outreach.core.errors import Conflict, Refusal
from outreach.delivery.models import Delivery, Dispatch, Wave, is_waiting
from outreach.delivery.waves import let_go
from outreach.mailings import schedule
from outreach.mailings.freezing import thaw
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingRevision, MailingState
from outreach.mailings.subject_test import SubjectTest

AT_WORK = frozenset({MailingState.SENDING, MailingState.PAUSED})


def choose_line(
    session: Session, mailing: Mailing, arm: str, *, why: str = "", actor: str, now: datetime
) -> None:
    """Let the rest of the audience have the subject line of `arm`.

    One row is changed, and only if nobody changed it before: the rest leaves once, with one line.
    Raises Conflict when nothing waits for it, Refusal for a line that was not tried.
    """
    schedule.claim(session, mailing)
    test = running_test(session, mailing)
    if test is None:
        raise Conflict(
            "No letter waits for a subject line.", "Look at the mailing again to see what left."
        )
    if arm not in test.arms:
        raise Refusal("There is no such line.", f"Choose one of {', '.join(test.arms)}.")
    session.execute(
        update(Dispatch)
        .where(Dispatch.mailing_id == mailing.id, Dispatch.winner == "")
        .values(winner=arm)
    )
    mailing.chosen_line = arm
    let_go(session, mailing.id, now=now)
    if mailing.state is MailingState.SENDING:
        mailing.state_reason = ""
    detail = f"Line {arm} for everybody else. {why}".strip()
    note(session, mailing, Act.CHOSE, actor=actor, now=now, detail=detail)


def running_test(session: Session, mailing: Mailing) -> SubjectTest | None:
    """Return the test whose end a part of the audience waits for; None where nobody does."""
    if mailing.state not in AT_WORK or mailing.revision_id is None:
        return None
    waits = select(Wave.lo).where(Wave.mailing_id == mailing.id, Wave.due_at.is_(None))
    if session.scalar(waits.limit(1)) is None:
        return None
    return thaw(session.get_one(MailingRevision, mailing.revision_id)).test


def unended_tests(session: Session) -> list[int]:
    """Return the mailings being sent of which a part waits, and the tried letters have left.

    Letters that are tried again later keep nobody waiting.
    """
    waits = exists().where(Wave.mailing_id == Mailing.id, Wave.due_at.is_(None))
    tried = aliased(Wave)
    has_queued = exists().where(
        tried.mailing_id == Mailing.id,
        tried.lo == 1,
        Delivery.mailing_id == Mailing.id,
        Delivery.number <= tried.hi,
        Delivery.next_try_at.is_(None),
        is_waiting(),
    )
    found = (
        select(Mailing.id)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(Mailing.state == MailingState.SENDING, Dispatch.settled_at.is_(None), waits)
        .where(~has_queued)
    )
    return list(session.scalars(found))


def ends_at(begun_at: datetime, test: SubjectTest) -> datetime:
    """Return when the figures of a test are read."""
    return begun_at + timedelta(hours=test.hours)
