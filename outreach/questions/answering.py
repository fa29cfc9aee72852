"""Answering: by a letter through the outbox, or on record when it was given another way."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, Refusal
from outreach.mail.letter import Address
from outreach.mail.outbox import post
from outreach.questions.asking import checked
from outreach.questions.letters import write_answer
from outreach.questions.models import Direction, Message, Question, QuestionState
from outreach.questions.texts import LONGEST_BODY
from outreach.questions.voice import letter_subject, voice_of

KIND = "answer"


class Overtaken(Conflict):
    """Something was written in the thread that whoever answers has not seen yet."""


def answer(
    session: Session,
    question: Question,
    body: str,
    *,
    actor: str,
    now: datetime,
    base_url: str,
    sender: Address | None = None,
    seen: int | None = None,
) -> Message:
    """Send an answer and give the word back to the asker.

    `seen` is the last message the author had before their eyes; when another came since, Overtaken
    is raised, except that the same words by the same author are the same answer, sent once.
    `sender` is the installation's own. Raises Refusal without an address to answer to, Conflict for
    Spam.
    """
    if not question.email:
        raise Refusal(
            "There is no e-mail address to answer to.",
            "Answer by the way the question came and write down here what you said.",
        )
    body, already = _prepared(session, question, body, actor=actor, seen=seen)
    if already:
        return already
    voice = voice_of(session, question, sender)
    about = letter_subject(question, base_url=base_url, sender_name=voice.name)
    asked = last_of(question, Direction.IN)
    written = write_answer(
        about,
        subject=question.subject,
        body=body,
        asked=asked.body if asked else "",
        asked_at=asked.at if asked else question.created_at,
        can_reply=voice.reply_to is not None,
    )
    message = _given(question, body, actor=actor, now=now)
    message.letter = post(
        session,
        kind=KIND,
        to=Address(question.email, question.name),
        subject=written.subject,
        text=written.text,
        html=written.html,
        sender=voice.sender,
        reply_to=voice.reply_to,
        headers=_threading(question),
        reference=("question", question.id),
        now=now,
    )
    return message


def record_answer(
    session: Session,
    question: Question,
    body: str,
    *,
    actor: str,
    now: datetime,
    seen: int | None = None,
) -> Message:
    """Write down an answer that was given by phone or in person; no letter leaves.

    Raises like `answer`.
    """
    body, already = _prepared(session, question, body, actor=actor, seen=seen)
    return already or _given(question, body, actor=actor, now=now)


def last_of(question: Question, *directions: Direction) -> Message | None:
    """Return the newest message of a thread that went one of these ways."""
    matching = [message for message in question.messages if message.direction in directions]
    return matching[-1] if matching else None


def last_seen(question: Question) -> int:
    """Return what `seen` must be for whoever reads the thread now."""
    newest = last_of(question, Direction.IN, Direction.OUT, Direction.NOTE)
    return newest.id if newest else 0


def _prepared(
    session: Session, question: Question, body: str, *, actor: str, seen: int | None
) -> tuple[str, Message | None]:
    """Return the tidied answer and, when this very answer was given already, its message."""
    body = checked(body, LONGEST_BODY)
    # Two colleagues who press "Send" together must wait for each other to see each other's words.
    session.refresh(question, with_for_update={"of": Question})
    if seen is None or last_seen(question) == seen:
        return body, None
    newest = last_of(question, Direction.IN, Direction.OUT, Direction.NOTE)
    if newest and (newest.direction, newest.author, newest.body) == (Direction.OUT, actor, body):
        return body, newest
    who = newest.author if newest and newest.author else "Somebody"
    raise Overtaken(
        f"{who} wrote in this thread while you were writing, so nothing was sent yet.",
        "Read what is new; your text is kept. Send it again if it still fits.",
    )


def _given(question: Question, body: str, *, actor: str, now: datetime) -> Message:
    question.move_to(QuestionState.WAITING, now=now)
    question.answered_at = question.answered_at or now
    message = Message(direction=Direction.OUT, author=actor, body=body, at=now)
    question.messages.append(message)
    return message


def _threading(question: Question) -> list[tuple[str, str]]:
    """Let mail programs show the answers of one thread together."""
    sent = [message.letter.message_id for message in question.messages if message.letter]
    if not sent:
        return []
    return [("In-Reply-To", sent[-1]), ("References", " ".join(sent))]
