"""Taking in a message: stored once with its raw bytes, tied to its letter, and its effect done.

Whose letter it was is said by the signed part of the envelope sender and by nothing else (S12): a
forged report without it, or with somebody else's, has no effect on anybody.
"""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.signing import Signer
from outreach.delivery.bounced import note_bounce
from outreach.delivery.models import Delivery
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.reading import ReadMail, read, tokens
from outreach.mail.replies import BounceClass
from outreach.stakeholders.models import Stakeholder, SuppressionReason
from outreach.stakeholders.suppressions import suppress

ACTOR = "the mailbox reader"
LARGEST = 2 * 1024 * 1024
"""Octets of a message that are kept."""


def take_in(session: Session, raw: bytes, *, signer: Signer, now: datetime) -> InboundMail | None:
    """Store a message and do what it asks; None when it was taken in before."""
    digest = sha256(raw).hexdigest()
    if session.scalar(select(InboundMail.id).where(InboundMail.digest == digest)) is not None:
        return None
    said = read(raw)
    mail = InboundMail(
        digest=digest,
        received_at=now,
        kind=said.kind,
        bounce_class=said.bounce_class.value if said.bounce_class else None,
        status=said.status,
        sender=said.sender,
        subject=said.subject,
        said=said.said,
        raw=raw[:LARGEST],
    )
    session.add(mail)
    delivery = _letter_of(session, raw, signer)
    if delivery is not None:
        mail.mailing_id, mail.number = delivery.mailing_id, delivery.number
        mail.stakeholder_id = delivery.stakeholder_id
    _heed(session, mail, said, delivery, now)
    return mail


def _letter_of(session: Session, raw: bytes, signer: Signer) -> Delivery | None:
    """Return the one letter whose signed token stands in the message; None for none or several."""
    genuine = {
        (found.mailing_id, found.number)
        for text in tokens(raw)
        if (found := signer.redeem_local_part(text)) is not None
    }
    return session.get(Delivery, genuine.pop()) if len(genuine) == 1 else None


def _heed(
    session: Session, mail: InboundMail, said: ReadMail, delivery: Delivery | None, now: datetime
) -> None:
    if said.kind not in {InboundKind.BOUNCE, InboundKind.COMPLAINT, InboundKind.UNREADABLE}:
        mail.effect = "None"
        return
    if delivery is None or not said.is_certain:
        mail.is_open = True
        known = "What it says is not certain." if delivery else "It names no letter of ours."
        mail.effect = f"None yet. {known}"
        return
    if said.kind is InboundKind.COMPLAINT:
        mail.effect = complain(session, mail, actor=ACTOR, now=now)
        return
    assert said.bounce_class is not None  # a bounce has one
    mail.effect = note_bounce(session, delivery, said.bounce_class, said.status, now=now)
    # The address is well; somebody has to look why we are not wanted.
    mail.is_open = said.bounce_class is BounceClass.BLOCKED


def complain(session: Session, mail: InboundMail, *, actor: str, now: datetime) -> str:
    """Unsubscribe for good whoever complained (B4); returns what was done."""
    person = session.get(Stakeholder, mail.stakeholder_id) if mail.stakeholder_id else None
    if person is None or person.fingerprint is None:
        return "None: the person is erased"
    suppress(
        session,
        person.fingerprint,
        SuppressionReason.COMPLAINED,
        evidence=f"Complaint reported by the provider: {mail.status or 'abuse'}",
        actor=actor,
        now=now,
        mailing_id=mail.mailing_id,
        stakeholder_id=person.id,
    )
    return "On the do-not-mail list: complained"
