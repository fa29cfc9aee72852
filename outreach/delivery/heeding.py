"""What is done about trouble: wait and try again, or pause, say why and tell by mail."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from outreach.accounts.models import User
from outreach.accounts.telling import administrators, tell
from outreach.core.clock import now
from outreach.core.db import UTCDateTime, db, transaction
from outreach.delivery.breaker import Trouble
from outreach.delivery.models import DomainHold
from outreach.delivery.settling import ACTOR
from outreach.mail.pace import QuietHours
from outreach.mailings import schedule
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing, MailingState

log = structlog.get_logger()
WAIT_AFTER_TROUBLE = (5, 15, 30, 60, 120, 300)
"""Seconds between tries while the mail server cannot be reached."""
LOOK_AGAIN = timedelta(minutes=1)
"""How often a mailing whose time is known is looked at all the same."""
Quiet = dict[int, tuple[int, datetime]]
TRY_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 720, 1_440, 1_440))
"""How long a mailing stays paused for a cause that may pass; then it waits for a person."""
QUIET = "delivery_quiet"
"""In an application's extensions, by mailing: how often in a row the server could not be reached,
and until when it is left alone. In memory: a restarted worker may try at once."""


def heed(
    mailing_id: int,
    trouble: Trouble | None,
    quiet: Quiet,
    *,
    base_url: str,
    has_passed: bool = False,
) -> None:
    """Pause on what lasts; leave a server that is away alone for a while.

    `has_passed` says that letters left which were to show whether it is well again.
    """
    if trouble is None:
        if quiet.pop(mailing_id, None) is not None or has_passed:
            _say(mailing_id, "", has_passed=has_passed)
        return
    log.warning("sending interrupted", mailing=mailing_id, reason=trouble.message)
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        schedule.claim(session, mailing)
        if mailing.state is not MailingState.SENDING:
            return
        if trouble.is_lasting:
            _pause(session, mailing, trouble, base_url)
            return
        if mailing.state_reason != trouble.message:
            note(session, mailing, Act.WAITED, actor=ACTOR, now=now(), detail=trouble.message)
        mailing.state_reason = trouble.message[:400]
        quiet[mailing_id] = _left_alone(trouble, quiet.get(mailing_id))
        mailing.next_try_at = trouble.until or quiet[mailing_id][1]


def _left_alone(trouble: Trouble, before: tuple[int, datetime] | None) -> tuple[int, datetime]:
    """Return how often in a row something was in the way, and until when to wait."""
    if trouble.until is not None:
        # Somebody may stop the plan before: it is looked at again and again.
        return 0, min(trouble.until, now() + LOOK_AGAIN)
    times = before[0] if before else 0
    seconds = WAIT_AFTER_TROUBLE[min(times, len(WAIT_AFTER_TROUBLE) - 1)]
    return times + 1, now() + timedelta(seconds=seconds)


def _pause(session: Session, mailing: Mailing, trouble: Trouble, base_url: str) -> None:
    """Pause; tell by mail when it begins and when no further try is made by itself."""
    tries, moment = mailing.probes, now()
    again = moment + TRY_AGAIN[tries] if trouble.may_pass and tries < len(TRY_AGAIN) else None
    reason = trouble.message
    schedule.pause(session, mailing, reason=reason, actor=ACTOR, now=moment, next_try_at=again)
    if tries == 0 or again is None:
        next_try = f"{again:%Y-%m-%d %H:%M} UTC" if again else ""
        _tell(session, mailing, "sending_paused", base_url, reason=reason, next_try=next_try)


def try_paused() -> list[int]:
    """Let mailings go on that were paused for a cause that may be over; returns which."""
    moment = now()
    due = list(db.session.scalars(_PAUSED_AND_DUE, {"moment": moment}))
    db.session.rollback()
    gone_on = []
    for mailing_id in due:
        with transaction() as session:
            mailing = session.get_one(Mailing, mailing_id)
            if schedule.try_again(session, mailing, actor=ACTOR, now=moment):
                gone_on.append(mailing_id)
    return gone_on


_PAUSED_AND_DUE = select(Mailing.id).where(
    Mailing.state == MailingState.PAUSED,
    Mailing.next_try_at <= bindparam("moment", type_=UTCDateTime()),
)


def tell_leaving(mailing_id: int) -> None:
    """Take back what kept a mailing's letters, as soon as they leave again: it may take hours
    until the last of them has.

    What a few letters are to show after a pause is told once they have passed (`heed`).
    """
    keeps = db.session.scalar(select(Mailing.next_try_at).where(Mailing.id == mailing_id))
    db.session.rollback()
    if keeps is not None:
        _say(mailing_id, "")


def tell_passed_over(mailing_id: int, said: Iterable[str]) -> None:
    """Write into a mailing's log which mail servers failed while another one took the letters."""
    reasons = list(said)
    if not reasons:
        return
    log.warning("mail servers passed over", mailing=mailing_id, reasons=reasons)
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        for reason in reasons:
            note(session, mailing, Act.PASSED_OVER, actor=ACTOR, now=now(), detail=reason)


def hush(mailing_id: int, hours: QuietHours, until: datetime, quiet: Quiet) -> None:
    """Leave a mailing alone until the quiet hours end, and say so on its page."""
    _say(mailing_id, f"Quiet hours, {hours}: it goes on by itself when they end.", until=until)
    quiet[mailing_id] = (1, until)


def _say(
    mailing_id: int, reason: str, *, until: datetime | None = None, has_passed: bool = False
) -> None:
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        if mailing.state is MailingState.SENDING:
            mailing.state_reason, mailing.next_try_at = reason, until
        if has_passed:
            mailing.probes = 0


def tell_holds(*, base_url: str) -> None:
    """Write to whoever made the mailing that showed that a domain refuses our letters."""
    untold = select(DomainHold).where(DomainHold.told_at.is_(None))
    is_any = db.session.scalar(untold.with_only_columns(DomainHold.domain).limit(1))
    db.session.rollback()
    if is_any is None:
        return
    with transaction() as session:
        for hold in session.scalars(untold.with_for_update(skip_locked=True)):
            hold.told_at = now()
            mailing = session.get_one(Mailing, hold.mailing_id)
            until = f"{hold.until:%Y-%m-%d %H:%M} UTC"
            words = {"domain": hold.domain, "said": hold.said, "until": until}
            _tell(session, mailing, "domain_held", base_url, **words)


def _tell(session: Session, mailing: Mailing, kind: str, base_url: str, **words: str) -> None:
    """Write to whoever made the mailing, else to the administrators; it leaves when mail can."""
    address = f"{base_url}/staff/mailings/{mailing.id}"
    known = {"title": mailing.title, "address": address, **words}
    users = _whom_to_tell(session, mailing)
    tell(session, users, kind, now=now(), reference=("mailing", mailing.id), **known)


def _whom_to_tell(session: Session, mailing: Mailing) -> Sequence[User]:
    maker = session.get(User, mailing.created_by_id) if mailing.created_by_id else None
    return [maker] if maker is not None and maker.active else administrators(session)
