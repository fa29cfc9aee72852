"""The questions the mailing brought: asked by the form, acknowledged, and mostly answered."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.signing import TokenKind
from outreach.core.state import State
from outreach.delivery.models import Delivery
from outreach.demo.questions import QUESTIONS, Exchange
from outreach.demo.readers import Held
from outreach.mail.models import OutboxState
from outreach.mail.outbox import Settlement, claim_due, settle
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender
from outreach.questions.models import Question
from outreach.questions.services import About, Asked, answer, ask, close
from outreach.stakeholders.models import Stakeholder
from outreach.tracking.origin import origin_of

ANSWERED_AFTER = timedelta(hours=22)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: by which letter, under which name and address."""

    via: str
    name: str
    email: str
    stakeholder_id: int | None
    """Only for people who agreed to be measured."""


def ask_questions(
    session: Session, here: State, mailing: Mailing, letters: Sequence[Held], *, actor: str
) -> None:
    """Let readers of each role ask what the demo has in store for it, and staff answer."""
    assert mailing.started_at is not None
    askers = _askers(here, letters)
    ordered = sorted(QUESTIONS, key=lambda exchange: exchange.after_hours)
    for place, exchange in enumerate(ordered, 1):
        theirs = askers[exchange.role]
        asker = _asker(session, here, theirs.pop(0) if theirs else None, place)
        asked_at = mailing.started_at + timedelta(hours=exchange.after_hours)
        question = _ask(session, here, mailing, exchange, asker, asked_at)
        if exchange.answer:
            _answer(session, here, question, exchange, actor, asked_at + ANSWERED_AFTER)


def _askers(here: State, letters: Sequence[Held]) -> dict[str, list[Held]]:
    """Return the letters of each role, those of people who stay unknown first."""
    by_role = defaultdict(list)
    for letter in sorted(letters, key=lambda letter: letter.kind is TokenKind.PERSONAL):
        by_role[letter.role].append(letter)
    return by_role


def _asker(session: Session, here: State, held: Held | None, place: int) -> Asker:
    """Return who holds the letter; one that is not personal tells nobody: somebody new asks."""
    if held is None or held.kind is not TokenKind.PERSONAL:
        mark = held.nonce.hex()[:6] if held and held.nonce else f"{place}"
        return Asker(_via(here, held), "", f"reader-{mark}@mail.example.org", None)
    person = session.scalars(
        select(Stakeholder)
        .join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
        .where(Delivery.mailing_id == held.mailing_id, Delivery.number == held.number)
    ).one()
    via = here.signer.delivery_tokens(held.mailing_id, held.number).personal
    return Asker(via, person.name, person.email or "", person.id)


def _via(here: State, held: Held | None) -> str:
    """Return the token a page got from such a letter; none where nothing is measured."""
    if held is None:
        return ""
    if held.kind is TokenKind.SHARED:
        return here.signer.shared(held.mailing_id, held.number)
    return here.signer.unlinked(held.mailing_id, held.number, held.nonce)


def _ask(
    session: Session,
    here: State,
    mailing: Mailing,
    exchange: Exchange,
    asker: Asker,
    asked_at: datetime,
) -> Question:
    result = mailing.results[0]
    about = About(
        project_id=result.project_id,
        result_id=result.id,
        mailing_id=mailing.id,
        origin=origin_of(session, asker.via, here.signer),
        stakeholder_id=asker.stakeholder_id,
    )
    question = ask(
        session,
        Asked(
            body=exchange.question, name=asker.name, email=asker.email, language=exchange.language
        ),
        about=about,
        now=asked_at,
        base_url=here.settings.base_url,
        ring=here.ring,
        sender=installation_sender(here.settings),
    )
    _let_letters_leave(session, asked_at)
    return question


def _answer(
    session: Session,
    here: State,
    question: Question,
    exchange: Exchange,
    actor: str,
    answered_at: datetime,
) -> None:
    answer(
        session,
        question,
        exchange.answer,
        actor=actor,
        now=answered_at,
        base_url=here.settings.base_url,
        sender=installation_sender(here.settings),
    )
    _let_letters_leave(session, answered_at)
    if exchange.is_closed:
        close(session, question, actor=actor, now=answered_at + timedelta(days=3))


def _let_letters_leave(session: Session, moment: datetime) -> None:
    """Let a made-up mail server take the single letters that are due."""
    session.flush()  # they are found by a statement of their own
    for letter in claim_due(session, now=moment, limit=100):
        accepted = Settlement(
            OutboxState.ACCEPTED, moment, letter.doubts, 250, "accepted (made up)"
        )
        settle(session, letter, accepted, now=moment)
