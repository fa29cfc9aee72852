"""What is done about trouble: wait and try again, or pause, say why and tell by mail."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.accounts.models import Access, Membership, User
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.delivery.breaker import Trouble
from outreach.delivery.models import DomainHold
from outreach.delivery.settling import ACTOR
from outreach.mail import outbox
from outreach.mail.letter import Address
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
QUIET = "delivery_quiet"
"""In an application's extensions, by mailing: how often in a row the server could not be reached,
and until when it is left alone. In memory: a restarted worker may try at once."""


def heed(mailing_id: int, trouble: Trouble | None, quiet: Quiet, *, base_url: str) -> None:
    """Pause on what a person must mend; leave a server that is away alone for a while."""
    if trouble is None:
        if quiet.pop(mailing_id, None) is not None:
            _say(mailing_id, "")
        return
    log.warning("sending interrupted", mailing=mailing_id, reason=trouble.message)
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        schedule.claim(session, mailing)
        if mailing.state is not MailingState.SENDING:
            return
        if trouble.is_lasting:
            schedule.pause(session, mailing, reason=trouble.message, actor=ACTOR, now=now())
            _tell(session, mailing, "sending_paused", base_url, reason=trouble.message)
            return
        if mailing.state_reason != trouble.message:
            note(session, mailing, Act.WAITED, actor=ACTOR, now=now(), detail=trouble.message)
        mailing.state_reason = trouble.message[:400]
    if trouble.until is not None:
        # Somebody may stop the plan before: it is looked at again and again.
        quiet[mailing_id] = (0, min(trouble.until, now() + LOOK_AGAIN))
        return
    times = quiet.get(mailing_id, (0, now()))[0]
    seconds = WAIT_AFTER_TROUBLE[min(times, len(WAIT_AFTER_TROUBLE) - 1)]
    quiet[mailing_id] = (times + 1, now() + timedelta(seconds=seconds))


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
    _say(mailing_id, f"Quiet hours, {hours}: it goes on by itself when they end.")
    quiet[mailing_id] = (1, until)


def _say(mailing_id: int, reason: str) -> None:
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        if mailing.state is MailingState.SENDING:
            mailing.state_reason = reason


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
    templates = current_app.jinja_env  # the pages' own frame needs a request, which we are not in
    for user in _whom_to_tell(session, mailing):
        outbox.post(
            session,
            kind=kind,
            to=Address(user.email, user.name),
            subject=templates.get_template(f"emails/{kind}/subject.txt").render(known),
            text=templates.get_template(f"emails/{kind}/body.txt").render(known),
            headers=outbox.AUTOMATIC,
            reference=("mailing", mailing.id),
            now=now(),
        )


def _whom_to_tell(session: Session, mailing: Mailing) -> list[User]:
    maker = session.get(User, mailing.created_by_id) if mailing.created_by_id else None
    if maker is not None and maker.active:
        return [maker]
    administrators = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.access == Access.ADMINISTRATOR, User.active)
    )
    return list(session.scalars(administrators).unique())
