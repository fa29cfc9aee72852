"""What a letter that came back does to its delivery and its address (B2, B3)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.delivery.figures import Moves, move
from outreach.delivery.models import Delivery, DeliveryState
from outreach.mail.replies import BounceClass
from outreach.stakeholders.models import Stakeholder, SuppressionReason
from outreach.stakeholders.suppressions import suppress

ACTOR = "the mailbox reader"
SOFT_MAILINGS = 3
SOFT_SPAN = timedelta(days=14)
"""An address that took no letter of so many mailings in a row over so long is given up."""
_CAME_BACK = (DeliveryState.BOUNCED, DeliveryState.REFUSED)


def note_bounce(
    session: Session, delivery: Delivery, verdict: BounceClass, status: str, *, now: datetime
) -> str:
    """Mark a letter as bounced and do what its class asks; returns what was done, in words."""
    if delivery.state in {DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT}:
        moves = Moves({(delivery.group_no, delivery.state): -1})
        delivery.state = DeliveryState.BOUNCED
        moves[delivery.group_no, delivery.state] += 1
        session.flush()  # deliveries before their figures
        move(session.connection(), delivery.mailing_id, moves)
    delivery.bounce_class, delivery.bounced_at = verdict.value, now
    delivery.reply_code, delivery.reply = None, f"{status} came back later".strip()
    if verdict is BounceClass.BLOCKED:
        return "Nobody suppressed: we are not wanted there"
    if delivery.stakeholder_id is None:
        return "None: the person is erased"
    if verdict is BounceClass.HARD:
        evidence = f"Bounced: {status or 'no such address'}"
        return _give_up(session, delivery, evidence, now)
    session.flush()  # the count below reads this letter too
    span = _soft_run(session, delivery.stakeholder_id)
    if span is None:
        return "None yet: it may pass"
    evidence = f"{SOFT_MAILINGS} mailings in a row came back over {span.days} days, last {status}"
    return _give_up(session, delivery, evidence, now)


def _give_up(session: Session, delivery: Delivery, evidence: str, now: datetime) -> str:
    person = session.get(Stakeholder, delivery.stakeholder_id)
    if person is None or person.fingerprint is None:
        return "None: the person is erased"
    suppress(
        session,
        person.fingerprint,
        SuppressionReason.BOUNCED,
        evidence=evidence,
        actor=ACTOR,
        now=now,
        mailing_id=delivery.mailing_id,
        stakeholder_id=person.id,
    )
    return "On the do-not-mail list: bounced"


def _soft_run(session: Session, stakeholder_id: int) -> timedelta | None:
    """Return over how long the person's last letters all came back softly; None while too short."""
    rows = session.execute(
        select(Delivery.state, Delivery.bounce_class, Delivery.settled_at)
        .where(Delivery.stakeholder_id == stakeholder_id, Delivery.settled_at.is_not(None))
        .order_by(Delivery.settled_at.desc())
        .limit(50)
    ).all()
    times = list[datetime]()
    for state, verdict, settled_at in rows:
        is_soft = state in _CAME_BACK and verdict == BounceClass.SOFT.value
        if not is_soft or settled_at is None:
            break
        times.append(settled_at)
    if len(times) < SOFT_MAILINGS or times[0] - times[-1] < SOFT_SPAN:
        return None
    return times[0] - times[-1]
