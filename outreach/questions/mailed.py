"""Questions that come by mail: a reply to a letter begins a thread, a reply to an answer goes on.

Nothing is acknowledged: whoever wrote a mail knows it, and the address it names is not shown to be
theirs.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.mail.addresses import BadAddress
from outreach.mail.headers import one_line
from outreach.mail.models import OutboxLetter
from outreach.questions.about import About
from outreach.questions.asking import count_question, known_person
from outreach.questions.models import (
    Direction,
    Message,
    Question,
    QuestionSource,
    QuestionState,
)
from outreach.questions.texts import (
    LONGEST_BODY,
    LONGEST_NAME,
    LONGEST_SUBJECT,
    new_reference,
    subject_of,
)
from outreach.stakeholders.addresses import normalise

ACTOR = "the mailbox reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What somebody wrote."""

    body: str
    subject: str = ""
    name: str = ""
    email: str = ""
    """As the mail says it; empty or wrong ones are kept as none."""
    language: str = "en"
    message_id: str = ""
    remarks: tuple[str, ...] = ()
    """What staff should know of how it came; noted for them alone."""


def ask_by_mail(session: Session, mailed: Mailed, *, about: About, now: datetime) -> Question:
    """Keep a mail as a new question; the same mail twice is one question."""
    key = _digest(mailed)
    # Without a Message-ID it has no key, and neither have questions of people who were erased.
    known = key and session.scalars(select(Question).where(Question.form_key == key)).one_or_none()
    if known:
        return known
    email = _address(mailed.email)
    person_id, person_role_id = known_person(session, email, now)
    origin = about.origin
    name = one_line(mailed.name)[:LONGEST_NAME]
    body = mailed.body.strip()[:LONGEST_BODY] or "(The mail has no words.)"
    question = Question(
        reference=new_reference(),
        form_key=key,
        state=QuestionState.NEW,
        source=QuestionSource.MAIL,
        subject=one_line(mailed.subject)[:LONGEST_SUBJECT] or subject_of(body),
        name=name,
        email=email,
        language=mailed.language,
        stakeholder_id=person_id,
        project_id=about.project_id,
        result_id=about.result_id,
        role_id=(origin.role_id if origin else None) or person_role_id,
        mailing_id=about.mailing_id,
        group_no=origin.group_no if origin else None,
        number=origin.number if origin else None,
        created_at=now,
        updated_at=now,
        messages=[Message(direction=Direction.IN, author=name or email, body=body, at=now)],
    )
    _remark(question, mailed, now)
    session.add(question)
    session.flush()  # whoever took the mail in refers to it
    count_question(session, question, origin, now)
    return question


def go_on_by_mail(session: Session, question: Question, mailed: Mailed, *, now: datetime) -> None:
    """Put a reply into its thread and give staff the word again; spam stays where it is.

    The letter that was answered names the thread, the mail says who spoke: when they differ, staff
    are told (B8).
    """
    session.refresh(question, with_for_update={"of": Question})
    email = _address(mailed.email)
    author = one_line(mailed.name)[:LONGEST_NAME] or email
    body = mailed.body.strip()[:LONGEST_BODY] or "(The mail has no words.)"
    question.messages.append(Message(direction=Direction.IN, author=author, body=body, at=now))
    _remark(question, mailed, now)
    if email != question.email:
        what = f"This came from {email or 'an address that cannot be read'}, not from the asker's."
        question.messages.append(Message(direction=Direction.NOTE, author=ACTOR, body=what, at=now))
    if question.state in {QuestionState.WAITING, QuestionState.CLOSED}:
        question.move_to(QuestionState.OPEN, now=now)
    question.updated_at = now


def letter_came_back(session: Session, letter: OutboxLetter, said: str, *, now: datetime) -> None:
    """Tell the staff of a thread that its letter was not delivered after all."""
    question = session.get(Question, letter.subject_id)
    if letter.subject_type != "question" or question is None:
        return
    body = f"A letter came back ({said[:200]})"
    question.messages.append(Message(direction=Direction.STEP, author=ACTOR, body=body, at=now))
    if question.state is QuestionState.WAITING:
        question.move_to(QuestionState.OPEN, now=now)


def _remark(question: Question, mailed: Mailed, now: datetime) -> None:
    question.messages.extend(
        Message(direction=Direction.NOTE, author=ACTOR, body=remark, at=now)
        for remark in mailed.remarks
    )


def _address(email: str) -> str:
    try:
        return normalise(email) if email.strip() else ""
    except BadAddress:
        return ""


def _digest(mailed: Mailed) -> str | None:
    """Name a mail by what its program named it, and by who wrote what."""
    if not mailed.message_id:
        return None
    parts = ("mail", mailed.message_id, mailed.email, mailed.body)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
