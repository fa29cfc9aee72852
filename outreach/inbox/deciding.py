"""A person decides about a message that a program could not judge."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from outreach.core.errors import Conflict
from outreach.delivery.bounced import note_bounce
from outreach.delivery.models import Delivery
from outreach.inbox.asking import become_question
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.replying import read_reply
from outreach.inbox.taking import complain
from outreach.mail.replies import BounceClass


class Decision(StrEnum):
    """What a person makes of a message."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    QUESTION = "question"
    NOTHING = "nothing"


def decide(
    session: Session, mail: InboundMail, decision: Decision, *, actor: str, now: datetime
) -> None:
    """Do what was decided and close the message.

    Raises Conflict when it is closed already, or when it names no letter and so nobody.
    """
    session.refresh(mail, with_for_update=True)
    if not (mail.is_open or (decision is Decision.QUESTION and is_taken_for_programs(mail))):
        raise Conflict(
            "Somebody has decided already.", "Look at the message again to see what was decided."
        )
    delivery = session.get(Delivery, (mail.mailing_id, mail.number)) if mail.mailing_id else None
    if decision is Decision.NOTHING:
        mail.effect = "None, decided by hand"
    elif decision is Decision.QUESTION:
        _make_question(session, mail, delivery, now)
    elif delivery is None:
        raise Conflict(
            "This message names no letter of ours, so it says nothing about anybody.",
            "Find the person and use their page, or close the message.",
        )
    elif decision is Decision.COMPLAINT:
        mail.effect = complain(session, mail, actor=actor, now=now)
    else:
        verdict = BounceClass(decision.value)
        mail.effect = note_bounce(session, delivery, verdict, mail.status, now=now)
        mail.bounce_class = verdict.value
    mail.is_open, mail.decided_at, mail.decided_by = False, now, actor[:200]


def is_taken_for_programs(mail: InboundMail) -> bool:
    """Whether it was passed over as a program's, and somebody may still say that it is not."""
    is_undecided = mail.question_id is None and mail.decided_at is None
    return mail.kind is InboundKind.AUTOMATIC and is_undecided


def _make_question(
    session: Session, mail: InboundMail, delivery: Delivery | None, now: datetime
) -> None:
    """Keep what a person wrote as a question; a report is none."""
    if mail.kind not in {InboundKind.PERSON, InboundKind.AUTOMATIC}:
        raise Conflict("This is no mail of a person.", "Choose what the report means.")
    if not mail.raw:
        raise Conflict("Its words were erased with the person.", "There is nothing left to answer.")
    try:
        reply = read_reply(mail.raw)
    except Exception as error:
        # Real mail makes the parser raise anything; that of a program was never read this far.
        raise Conflict(
            "It is broken and cannot be read.", "Read it as it came, and write to its sender."
        ) from error
    become_question(session, mail, reply, delivery, now=now)
