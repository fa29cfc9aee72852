"""What people wrote becomes questions: with its letter's mailing, or in the thread it answers."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.delivery.models import Delivery
from outreach.inbox.models import InboundKind, InboundMail
from outreach.inbox.naming import Named
from outreach.inbox.replying import Reply
from outreach.mail.models import OutboxLetter
from outreach.questions.models import Question
from outreach.questions.services import (
    About,
    Mailed,
    ask_by_mail,
    context_of_letter,
    go_on_by_mail,
)
from outreach.stakeholders.models import Stakeholder


def heed_person(
    session: Session, mail: InboundMail, reply: Reply, named: Named, *, now: datetime
) -> None:
    """Do what a person's mail asks: a reply to a letter of ours is a question or goes on with one.

    What answers no letter of ours waits for somebody to look.
    """
    writer = _writer(session, reply.email)
    # With the person who wrote it, not with whose letter was forwarded, its words are forgotten.
    mail.stakeholder_id = writer or mail.stakeholder_id
    if _is_ours(session, reply.message_id):
        mail.kind, mail.effect = InboundKind.AUTOMATIC, "None: a letter of ours came round"
    elif _came_before(session, mail, reply):
        mail.effect = "None: the same mail came before"
    elif named.delivery is not None:
        become_question(session, mail, reply, named.delivery, now=now)
    elif named.letter is not None and (question := _thread_of(session, named.letter)):
        _go_on(session, mail, reply, question, now)
    else:
        is_of_test = named.letter is not None and named.letter.kind == "test"
        what = "a test letter, so it counts nowhere" if is_of_test else "no letter of ours"
        mail.is_open, mail.effect = True, f"None yet. It answers {what}."


def become_question(
    session: Session, mail: InboundMail, reply: Reply, delivery: Delivery | None, *, now: datetime
) -> None:
    """Make a question of a mail, about the mailing whose letter it answers, if it answers one."""
    about, language, remarks = About(), "en", _remarks(mail, reply)
    if delivery is not None:
        context = context_of_letter(session, delivery.mailing_id, delivery.number)
        about, language = context.about, delivery.language
        person = session.get(Stakeholder, delivery.stakeholder_id or 0)
        if person is None or person.email != reply.email.lower():
            remarks.append("The letter it answers went to another address than the one it is from.")
    question = ask_by_mail(session, _mailed(reply, language, remarks), about=about, now=now)
    _refer(session, mail, question)


def _go_on(
    session: Session, mail: InboundMail, reply: Reply, question: Question, now: datetime
) -> None:
    mailed = _mailed(reply, question.language, _remarks(mail, reply))
    go_on_by_mail(session, question, mailed, now=now)
    _refer(session, mail, question)


def _refer(session: Session, mail: InboundMail, question: Question) -> None:
    session.flush()  # both have a number now
    mail.question_id = question.id
    mail.effect = f"Question {question.reference}"


def _mailed(reply: Reply, language: str, remarks: list[str]) -> Mailed:
    return Mailed(
        body=reply.body,
        subject=reply.subject,
        name=reply.name,
        email=reply.email,
        language=language,
        message_id=reply.message_id,
        remarks=tuple(remarks),
    )


def _remarks(mail: InboundMail, reply: Reply) -> list[str]:
    cut = " What it quotes is left out here." if reply.is_cut else ""
    return [f"It came by mail.{cut} As it came: /staff/bounces/{mail.id}"]


def _thread_of(session: Session, letter: OutboxLetter) -> Question | None:
    is_questions = letter.subject_type == "question" and letter.subject_id is not None
    return session.get(Question, letter.subject_id) if is_questions else None


def _writer(session: Session, email: str) -> int | None:
    if not email:
        return None
    return session.scalar(select(Stakeholder.id).where(Stakeholder.email == email.lower()).limit(1))


def _is_ours(session: Session, message_id: str) -> bool:
    """Whether it is a single letter of ours that came back to us as it left (B7)."""
    if not message_id:
        return False
    ours = select(OutboxLetter.id).where(OutboxLetter.message_id == message_id)
    return session.scalar(ours.limit(1)) is not None


def _came_before(session: Session, mail: InboundMail, reply: Reply) -> bool:
    if not reply.message_id:
        return False
    earlier = select(InboundMail.id).where(
        InboundMail.message_id == reply.message_id,
        InboundMail.sender == mail.sender,
        InboundMail.digest != mail.digest,
    )
    return session.scalar(earlier.limit(1)) is not None
