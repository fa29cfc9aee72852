"""Promising a mailing for a moment, and taking the promise back: the moves between its states."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.mail.letter import Address
from outreach.mailings.confirming import Present, confirm, forget, forget_people, how_changed
from outreach.mailings.findings import NotReady
from outreach.mailings.freezing import freeze
from outreach.mailings.headcount import Headcount, take_headcount
from outreach.mailings.holding import claim
from outreach.mailings.local_times import first_due, local_dues
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingLink, MailingState
from outreach.mailings.moments import DueTime, Moment, NotSchedulable, due_now, due_time
from outreach.mailings.preflight import check
from outreach.web.filters import local_datetime, wall_datetime

__all__ = [
    "Moment",
    "NotReady",
    "NotSchedulable",
    "cancel",
    "claim",
    "pause",
    "resume",
    "schedule",
    "try_again",
    "unschedule",
    "why_to_ask",
]
GRACE = timedelta(hours=24)
"""How late a mailing may begin without anybody being asked."""


def schedule(
    session: Session,
    mailing: Mailing,
    when: Moment | None,
    *,
    zone: str = "UTC",
    is_local: bool = False,
    sender: Address,
    base_url: str,
    can_send: bool,
    actor: str,
    now: datetime,
    headcount: Headcount | None = None,
    goes_alone: bool = False,
) -> DueTime:
    """Freeze the mailing and promise it for `when` (None: at once); returns the moment it means.

    `zone` names the clock by which "at once" is kept and shown, that of whoever sends it.
    With `is_local` each reader gets it at that wall time where they are. `sender` is the
    installation's own, for lists without a sender profile. A `headcount` taken before the
    transaction spares counting within it; what `goes_alone` needs nobody's approval. Raises
    NotSchedulable for a moment that has passed or does not exist, NotReady for what pre-flight
    blocks (also that no letter can leave), Conflict when the mailing is not a draft or the
    headcount is of other people.
    """
    claim(session, mailing)
    if not mailing.is_editable:
        raise _cannot(mailing, "be scheduled")
    counted = _counted(session, mailing, headcount, is_local=is_local, now=now)
    report = check(
        session,
        mailing,
        sender=sender,
        base_url=base_url,
        can_send=can_send,
        now=now,
        headcount=counted,
        goes_alone=goes_alone,
    )
    if report.blocks:
        raise NotReady(report.blocks)
    due = due_time(when, now=now) if when else due_now(zone, now=now)
    if is_local:
        due = _where_readers_are(mailing, when, due, counted, now=now)
    freeze(session, mailing, sender=sender, base_url=base_url, now=now)
    mailing.due_at, mailing.due_local, mailing.due_zone = due.at, due.local, due.zone
    mailing.is_local_time = is_local
    confirm(session, mailing, counted)
    mailing.move_to(MailingState.SCHEDULED, now=now)
    where = "where each reader is" if is_local else due.zone
    moment = f"for {wall_datetime(due.local, where)}" if when else "to go out at once"
    note(session, mailing, Act.SCHEDULED, actor=actor, now=now, detail=moment)
    return due


def _counted(
    session: Session,
    mailing: Mailing,
    headcount: Headcount | None,
    *,
    is_local: bool = False,
    now: datetime,
) -> Headcount:
    if headcount is None:
        return take_headcount(session, mailing, is_local=is_local, now=now)
    headcount.must_be_of(mailing, is_local=is_local)
    return headcount


def _where_readers_are(
    mailing: Mailing, when: Moment | None, due: DueTime, counted: Headcount, *, now: datetime
) -> DueTime:
    """Return the moment of the first letter; where that time has passed, it is now."""
    if when is None:
        raise NotSchedulable(
            "“Now” is the same moment everywhere.", "Choose a date and a time, or one moment."
        )
    if mailing.subject_test:
        raise NotSchedulable(
            "A subject test compares lines at one moment.",
            "Send it at the same moment everywhere, or without a test.",
        )
    dues = local_dues(due.local, due.zone)
    return replace(due, at=max(now, first_due(dues, counted.countries)))


def unschedule(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> None:
    """Make it a draft again, to be edited; raises Conflict once letters were made."""
    claim(session, mailing)
    if mailing.started_at is not None:
        raise _cannot(mailing, "become a draft again")
    if mailing.state is MailingState.PAUSED:
        mailing.move_to(MailingState.SCHEDULED, now=now)
    mailing.move_to(MailingState.DRAFT, now=now)
    _take_back(session, mailing)
    note(session, mailing, Act.UNSCHEDULED, actor=actor, now=now)


def pause(
    session: Session,
    mailing: Mailing,
    *,
    reason: str,
    actor: str,
    now: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Hold it back, also in the middle of being sent; `reason` is shown with it.

    With `next_try_at` it goes on by itself then. One that would is kept paused by a second call,
    until somebody resumes it.
    """
    claim(session, mailing)
    if mailing.state is MailingState.PAUSED and mailing.next_try_at is not None:
        mailing.next_try_at, mailing.updated_at = None, now
        note(session, mailing, Act.KEPT_PAUSED, actor=actor, now=now, detail=reason)
        return
    mailing.move_to(MailingState.PAUSED, now=now, reason=reason[:400])
    mailing.next_try_at = next_try_at
    again = f" Tried again by itself on {next_try_at:%Y-%m-%d %H:%M} UTC." if next_try_at else ""
    note(session, mailing, Act.PAUSED, actor=actor, now=now, detail=reason + again)


def try_again(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> bool:
    """Go on by itself where its moment to do so has come; says whether it does."""
    claim(session, mailing)
    is_due = mailing.next_try_at is not None and mailing.next_try_at <= now
    if not is_due or mailing.state is not MailingState.PAUSED or mailing.started_at is None:
        return False
    mailing.probes += 1
    mailing.move_to(MailingState.SENDING, now=now, reason=mailing.state_reason)
    detail = "by itself, with a few letters first"
    note(session, mailing, Act.RESUMED, actor=actor, now=now, detail=detail)
    return True


def resume(
    session: Session,
    mailing: Mailing,
    *,
    actor: str,
    now: datetime,
    headcount: Headcount | None = None,
) -> None:
    """Go on where it was held: with sending, or with waiting for its moment.

    A moment that passed meanwhile means at once, and the audience is taken as it is: somebody has
    just looked at it. A `headcount` taken before the transaction spares counting within it.
    """
    claim(session, mailing)
    if mailing.state not in {MailingState.PAUSED, MailingState.FAILED}:
        raise _cannot(mailing, "be resumed")
    has_begun = mailing.started_at is not None
    if not has_begun:
        confirm(session, mailing, _counted(session, mailing, headcount, now=now))
        if mailing.due_at is not None and mailing.due_at < now:
            mailing.due_at = now
    mailing.probes = 0
    mailing.move_to(MailingState.SENDING if has_begun else MailingState.SCHEDULED, now=now)
    note(session, mailing, Act.RESUMED, actor=actor, now=now)


def why_to_ask(session: Session, mailing: Mailing, present: Present, *, now: datetime) -> str:
    """Say why a person should look at a mailing before it begins; "" when it may begin.

    Asked by the one who sends, at the moment it was promised for; `present` is who gets it then.
    """
    if mailing.due_at is not None and now - mailing.due_at > GRACE:
        moment = local_datetime(mailing.due_at, mailing.due_zone or "UTC")
        return (
            f"It was due on {moment}, when nothing was running. "
            "Resume it to send it now, or take it back to give it a new moment."
        )
    return how_changed(session, mailing, present)


def cancel(session: Session, mailing: Mailing, *, actor: str, now: datetime) -> None:
    """Give it up for good; letters that have left stay sent."""
    claim(session, mailing)
    mailing.move_to(MailingState.CANCELLED, now=now)
    mailing.finished_at = now
    if mailing.started_at is None:
        mailing.due_at = None
    forget_people(session, mailing)
    note(session, mailing, Act.CANCELLED, actor=actor, now=now)


def _take_back(session: Session, mailing: Mailing) -> None:
    mailing.due_at, mailing.due_local, mailing.due_zone = None, "", ""
    mailing.is_local_time = False
    mailing.revision_id = None
    forget(session, mailing)
    session.execute(delete(MailingLink).where(MailingLink.mailing_id == mailing.id))


def _cannot(mailing: Mailing, what: str) -> Conflict:
    return Conflict(
        f"This mailing is {mailing.state.label.lower()}; it cannot {what}.",
        "Look at the mailing again to see where it stands.",
    )
