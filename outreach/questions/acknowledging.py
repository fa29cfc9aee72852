"""Telling an asker that the question arrived, so seldom that nobody can be bombed with it (S6)."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.keys import KeyRing
from outreach.mail.letter import Address
from outreach.mail.outbox import REPLIED, post
from outreach.questions.letters import write_acknowledgement
from outreach.questions.models import Question, QuestionState
from outreach.questions.voice import letter_subject, voice_of
from outreach.stakeholders.models import Suppression

KIND = "question_received"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_PER_HOUR, MOST_PER_DAY = 1, 5


def acknowledge(
    session: Session,
    question: Question,
    *,
    now: datetime,
    base_url: str,
    ring: KeyRing,
    sender: Address | None,
) -> bool:
    """Post "we got your question" unless it must not go there; say whether it will.

    Nothing goes to an address on the do-not-mail list, nor more than one in an hour and five in a
    day to any address: the address was typed, nobody has shown that it is theirs.
    """
    if not question.email or question.state is QuestionState.SPAM:
        return False
    _one_at_a_time(session, question.email)
    if _is_enough(session, question.email, now) or _is_suppressed(session, question.email, ring):
        return False
    voice = voice_of(session, question, sender)
    subject = letter_subject(question, base_url=base_url, sender_name=voice.name)
    written = write_acknowledgement(subject)
    post(
        session,
        kind=KIND,
        to=Address(question.email),
        subject=written.subject,
        text=written.text,
        html=written.html,
        sender=voice.sender,
        reply_to=voice.reply_to,
        headers=REPLIED,
        reference=("question", question.id),
        now=now,
    )
    question.acknowledged_at = now
    return True


def _one_at_a_time(session: Session, email: str) -> None:
    """Let two questions from one address wait for each other, or both would count zero.

    On SQLite a writing transaction is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256(email.encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _is_enough(session: Session, email: str, now: datetime) -> bool:
    told = session.scalars(
        select(Question.acknowledged_at).where(
            Question.email == email, Question.acknowledged_at > now - DAY
        )
    ).all()
    lately = [moment for moment in told if moment and moment > now - HOUR]
    return len(lately) >= MOST_PER_HOUR or len(told) >= MOST_PER_DAY


def _is_suppressed(session: Session, email: str, ring: KeyRing) -> bool:
    line = select(Suppression.id).where(
        Suppression.fingerprint == ring.fingerprint(email), Suppression.released_at.is_(None)
    )
    return session.scalar(line.limit(1)) is not None
