"""How questions come in: by the public form, or by the hand of staff who got a mail or a call."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.core.keys import KeyRing
from outreach.mail.headers import one_line
from outreach.mail.letter import Address
from outreach.questions.about import About, Asked
from outreach.questions.acknowledging import acknowledge
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
    LONGEST_QUESTION,
    LONGEST_SUBJECT,
    new_reference,
    subject_of,
)
from outreach.results.models import Result
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.eligibility import reporting_role
from outreach.stakeholders.models import Stakeholder
from outreach.tracking.figures import record_question
from outreach.tracking.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A question that staff write down for somebody."""

    source: QuestionSource
    body: str
    subject: str = ""
    name: str = ""
    email: str = ""
    project_id: int | None = None
    result_id: int | None = None
    mailing_id: int | None = None
    role_id: int | None = None
    language: str = "en"
    asked_at: datetime | None = None
    """When it was asked, aware; empty: now."""


def ask(
    session: Session,
    asked: Asked,
    *,
    about: About,
    now: datetime,
    base_url: str,
    ring: KeyRing,
    sender: Address | None = None,
) -> Question:
    """Keep a question from the public form and tell the asker; the same form twice is one question.

    A suspected robot's is kept as Spam and told nothing. Raises Refusal for an empty or too long
    question, BadAddress for an address no answer can go to.
    """
    body = checked(asked.body, LONGEST_QUESTION)
    email = normalise(asked.email) if asked.email.strip() else ""
    key = _digest(asked.form_key, email, body)
    known = _by_form_key(session, key)
    if known:
        return known
    question = _made(asked, about, body=body, email=email, form_key=key, now=now)
    try:
        with session.begin_nested():
            session.add(question)
    except IntegrityError:
        return _first_of(session, key)
    acknowledge(session, question, now=now, base_url=base_url, ring=ring, sender=sender)
    count_question(session, question, about.origin, now)
    return question


def enter_by_hand(session: Session, entered: Entered, *, actor: str, now: datetime) -> Question:
    """Keep a question that came by mail, by phone or in person; it is Open at once.

    With an address we know it belongs to that person and, unless told otherwise, to the person's
    reporting role. Raises Refusal for an empty or too long one, one from the future, or one said to
    come by the form.
    """
    if entered.source is QuestionSource.FORM:
        raise Refusal("Say how the question came: by mail, by phone or in person.")
    asked_at = entered.asked_at or now
    if asked_at > now:
        raise Refusal("The question cannot have been asked in the future.", "Check the day.")
    body = checked(entered.body, LONGEST_BODY)
    email = normalise(entered.email) if entered.email.strip() else ""
    person_id, role_id = known_person(session, email, now)
    name = one_line(entered.name)[:LONGEST_NAME]
    result = session.get(Result, entered.result_id) if entered.result_id else None
    question = Question(
        reference=new_reference(),
        state=QuestionState.OPEN,
        source=entered.source,
        subject=one_line(entered.subject)[:LONGEST_SUBJECT] or subject_of(body),
        name=name,
        email=email,
        language=entered.language,
        stakeholder_id=person_id,
        project_id=result.project_id if result else entered.project_id,
        result_id=result.id if result else None,
        role_id=entered.role_id or role_id,
        mailing_id=entered.mailing_id,
        created_at=asked_at,
        updated_at=now,
        messages=[
            Message(direction=Direction.IN, author=name, body=body, at=asked_at),
            Message(direction=Direction.STEP, author=actor, body="Entered", at=now),
        ],
    )
    session.add(question)
    session.flush()  # the page that follows needs its number
    return question


def checked(body: str, longest: int) -> str:
    """Return a text without white space around it; raises Refusal when it is empty or too long."""
    body = body.strip()
    if not body:
        raise Refusal("There is no text yet.", "Write it first.")
    if len(body) > longest:
        raise Refusal(
            f"The text has {len(body):,} characters.", f"Please shorten it to {longest:,}."
        )
    return body


def _made(
    asked: Asked, about: About, *, body: str, email: str, form_key: str | None, now: datetime
) -> Question:
    name, origin = one_line(asked.name)[:LONGEST_NAME], about.origin
    return Question(
        reference=new_reference(),
        form_key=form_key,
        state=QuestionState.SPAM if asked.is_suspect else QuestionState.NEW,
        source=QuestionSource.FORM,
        subject=subject_of(body),
        name=name,
        email=email,
        language=asked.language,
        stakeholder_id=about.stakeholder_id,
        project_id=about.project_id,
        result_id=about.result_id,
        role_id=asked.role_id or (origin.role_id if origin else None),
        mailing_id=about.mailing_id,
        group_no=origin.group_no if origin else None,
        number=origin.number if origin else None,
        created_at=now,
        updated_at=now,
        messages=[Message(direction=Direction.IN, author=name, body=body, at=now)],
    )


def count_question(
    session: Session, question: Question, origin: Origin | None, now: datetime
) -> None:
    """Count the question among what its letter brought.

    Somebody who signs a question must not thereby sign all that their unlinked letter was counted
    for: the letter's key is left out, and the question counts for its group alone.
    """
    if origin is None or question.state is QuestionState.SPAM:
        return
    is_signed = bool(question.name or question.email)
    if is_signed and origin.number is None:
        origin = replace(origin, reader_key=None)
    record_question(session, origin, now=now)


def _digest(form_key: str, email: str, body: str) -> str | None:
    """Name a form together with what it said: one sent again after a change is another question."""
    if not form_key:
        return None
    return hashlib.sha256("\0".join((form_key, email, body)).encode()).hexdigest()


def _by_form_key(session: Session, key: str | None) -> Question | None:
    if key is None:
        return None
    return session.scalars(select(Question).where(Question.form_key == key)).one_or_none()


def _first_of(session: Session, key: str | None) -> Question:
    """Return the question that the same form made a moment before, in another process."""
    return session.scalars(select(Question).where(Question.form_key == key)).one()


def known_person(session: Session, email: str, now: datetime) -> tuple[int | None, int | None]:
    """Return the person with this address and the role they report under."""
    if not email:
        return None, None
    found = session.execute(
        select(Stakeholder.id, reporting_role(now)).where(Stakeholder.email == email)
    ).one_or_none()
    return (found[0], found[1]) if found else (None, None)
