"""Taking in a message: stored once with its raw bytes, tied to its letter, and its effect done.

Whose letter it was is said by the signed part of the envelope sender, or by a Message-ID of ours in
what a person answers, and by nothing else (S12): a forged report without it, or with somebody
else's, has no effect on anybody.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.signing import Signer
from outreach.delivery.bounced import note_bounce
from outreach.delivery.models import Delivery
from outreach.inbox.asking import heed_person
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.naming import named_in
from outreach.inbox.reading import ReadMail, read, unreadable
from outreach.inbox.replying import Reply, read_reply
from outreach.inbox.sameness import digest_of, former_digest_of
from outreach.inbox.wiping import without_counting_tokens
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mail.replies import BounceClass
from outreach.questions.services import letter_came_back
from outreach.stakeholders.models import Stakeholder, SuppressionReason
from outreach.stakeholders.suppressions import suppress
from outreach.tracking.figures import record_complaint

ACTOR = "the mailbox reader"
LARGEST = 2 * 1024 * 1024
"""Octets of a message that are kept."""


def take_in(session: Session, raw: bytes, *, signer: Signer, now: datetime) -> InboundMail | None:
    """Store a message and do what it asks; None when it was taken in before."""
    if _is_known(session, raw):
        return None
    kept = without_counting_tokens(raw)
    said, reply = _read(kept)
    mail = _kept(kept, digest_of(raw), said, now)
    mail.message_id = reply.message_id if reply else ""
    named = named_in(session, raw, reply.references if reply else (), signer)
    if named.delivery is not None:
        mail.mailing_id, mail.number = named.delivery.mailing_id, named.delivery.number
        mail.stakeholder_id = named.delivery.stakeholder_id
    session.add(mail)
    session.flush()  # staff are told its number
    if reply is not None:
        heed_person(session, mail, reply, named, now=now)
    elif named.letter is not None:
        _heed_single(session, mail, said, named.letter, now)
    else:
        _heed(session, mail, said, named.delivery, now)
    return mail


def quarantine(
    session: Session, raw: bytes, error: Exception, *, now: datetime
) -> InboundMail | None:
    """Store a message that could not be taken in, for a person to look at; None when it was."""
    if _is_known(session, raw):
        return None
    mail = _kept(without_counting_tokens(raw), digest_of(raw), unreadable(error), now)
    mail.is_open, mail.effect = True, "None yet. It could not be taken in; the log says why."
    session.add(mail)
    return mail


def _is_known(session: Session, raw: bytes) -> bool:
    digests = (digest_of(raw), former_digest_of(raw))
    known = select(InboundMail.id).where(InboundMail.digest.in_(digests)).limit(1)
    return session.scalar(known) is not None


def _kept(raw: bytes, digest: str, said: ReadMail, now: datetime) -> InboundMail:
    return InboundMail(
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


def _read(raw: bytes) -> tuple[ReadMail, Reply | None]:
    """Say what a message is and, of a person's, what it says."""
    said = read(raw)
    if said.kind is not InboundKind.PERSON:
        return said, None
    try:
        return said, read_reply(raw)
    except Exception as error:  # noqa: BLE001 - real mail makes the parser raise anything
        return unreadable(error), None


def _heed(
    session: Session, mail: InboundMail, said: ReadMail, delivery: Delivery | None, now: datetime
) -> None:
    has_effect = said.kind in {InboundKind.BOUNCE, InboundKind.COMPLAINT, InboundKind.UNREADABLE}
    if not has_effect and said.is_certain:
        mail.effect = "None"
        return
    if _waits_with_words(mail, said):
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


def _waits_with_words(mail: InboundMail, said: ReadMail) -> bool:
    """Whether a program's mail may hold a person's words, which somebody is asked to read."""
    if said.kind is not InboundKind.AUTOMATIC or said.is_certain:
        return False
    mail.is_open, mail.effect = (
        True,
        "None yet. A calendar sent it, perhaps with words of a person.",
    )
    return True


def _heed_single(
    session: Session, mail: InboundMail, said: ReadMail, letter: OutboxLetter, now: datetime
) -> None:
    """Note that a single letter came back; an address that is gone is mailed no more (B3)."""
    person = session.scalars(
        select(Stakeholder).where(Stakeholder.email == letter.recipient)
    ).first()
    mail.stakeholder_id = person.id if person else None
    if said.kind is not InboundKind.BOUNCE:
        if not _waits_with_words(mail, said):
            mail.effect = "None"
        return
    words = f"{said.status} {said.said}".strip()
    letter.state, letter.reply_code, letter.reply = OutboxState.BOUNCED, None, words[:500]
    letter_came_back(session, letter, words, now=now)
    mail.effect = f"A single letter came back: {letter.kind.replace('_', ' ')}"
    if said.bounce_class is BounceClass.HARD and person and person.fingerprint:
        evidence = f"Bounced: {said.status or 'no such address'}"
        reason = SuppressionReason.BOUNCED
        suppress(
            session,
            person.fingerprint,
            reason,
            evidence=evidence,
            actor=ACTOR,
            now=now,
            stakeholder_id=person.id,
        )
        mail.effect += "; on the do-not-mail list: bounced"


def complain(session: Session, mail: InboundMail, *, actor: str, now: datetime) -> str:
    """Unsubscribe for good whoever complained (B4); returns what was done."""
    if mail.mailing_id is not None and mail.number is not None and not _is_counted(session, mail):
        record_complaint(session, mail.mailing_id, mail.number, now=now)
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


def _is_counted(session: Session, mail: InboundMail) -> bool:
    """Whether an earlier report told of a complaint about the same letter."""
    earlier = select(InboundMail.id).where(
        InboundMail.mailing_id == mail.mailing_id,
        InboundMail.number == mail.number,
        InboundMail.kind == InboundKind.COMPLAINT,
        InboundMail.id != mail.id,
    )
    return session.scalar(earlier.limit(1)) is not None
