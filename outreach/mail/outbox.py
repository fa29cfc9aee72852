"""The outbox: single letters, written with the change they tell of and sent afterwards.

A letter is written in the caller's transaction, so a change that is rolled back tells nobody; it is
sent when no transaction is open. One that is in doubt is sent once more with the same Message-ID,
so at most two copies exist (R3).
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, func, select, update
from sqlalchemy.orm import Session

from outreach.mail.addresses import domain_of, parse_addresses, wire_address, write_address
from outreach.mail.headers import one_line
from outreach.mail.letter import Address, Envelope, Letter
from outreach.mail.mime import render_simple
from outreach.mail.models import OutboxLetter, OutboxState
from outreach.mail.replies import Outcome, OutcomeKind
from outreach.mail.server import ConnectionLost, TransportError

AUTOMATIC = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
"""Headers for letters no person wrote, so that no machine answers them."""
REPLIED = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
"""Headers for what a machine answers; such a letter never comes back (RFC 3834 §3.3, B6)."""
LEASE = timedelta(minutes=10)
"""After this a letter whose sender died is taken up again; exchanges are over by then."""
MOST_DOUBTS = 2
_MINUTES = (1, 5, 15, 60, 180, 360, 720, 720, 720, 720, 360)
_JITTER = 0.1
_UNKNOWN_DOMAIN = "outreach.invalid"


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A letter somebody has taken out of the outbox to send it."""

    id: int
    recipient: str
    recipient_name: str
    message_id: str
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str | None
    headers: dict[str, str]
    attempts: int
    """This one counted."""
    doubts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to be written down after an attempt."""

    state: OutboxState
    next_try_at: datetime
    """Only of meaning for a queued letter."""
    doubts: int
    reply_code: int | None
    reply: str


def post(
    session: Session,
    *,
    kind: str,
    to: Address,
    subject: str,
    text: str,
    html: str | None = None,
    sender: Address | None = None,
    reply_to: Address | None = None,
    headers: Sequence[tuple[str, str]] = (),
    reference: tuple[str, int] | None = None,
    now: datetime,
) -> OutboxLetter:
    """Write a letter that leaves once the caller's transaction is committed.

    `reference` says what it is about: ("question", 7). Without a `sender` it leaves from the
    installation's; giving one also puts its domain into the Message-ID. Raises BadAddress.
    """
    wire_address(to.email)
    subject_type, subject_id = reference or ("", None)
    letter = OutboxLetter(
        kind=kind,
        recipient=to.email,
        recipient_name=one_line(to.name)[:200],
        message_id=new_message_id(sender or reply_to),
        sender=_written(sender),
        reply_to=_written(reply_to),
        subject=one_line(subject)[:300],
        text=text,
        html=html,
        headers=dict(headers),
        subject_type=subject_type,
        subject_id=subject_id,
        next_try_at=now,
        created_at=now,
    )
    session.add(letter)
    return letter


def new_message_id(owner: Address | None) -> str:
    """Return a new Message-ID under the owner's domain; DNS is not asked and no host is named."""
    domain = domain_of(owner.email) if owner else _UNKNOWN_DOMAIN
    return f"<{secrets.token_hex(16)}@{domain}>"


def claim_due(
    session: Session | Connection, *, now: datetime, limit: int, writer: Address | None = None
) -> list[DueLetter]:
    """Take up to `limit` letters that are due, oldest first; nobody else gets them for `LEASE`.

    One found in the state "sending" lost its sender, and whether it left is in doubt. The domain of
    `writer`, who writes those that name nobody, goes into their Message-IDs, for good.
    """
    due = (
        select(OutboxLetter.id)
        .where(
            OutboxLetter.state.in_([OutboxState.QUEUED, OutboxState.SENDING]),
            OutboxLetter.next_try_at <= now,
        )
        .order_by(OutboxLetter.next_try_at, OutboxLetter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # PostgreSQL may ask a mere subquery again for each row, and then take all that is due.
        .cte("due")
    )
    is_doubtful = case((OutboxLetter.state == OutboxState.SENDING, 1), else_=0)
    claimed = session.execute(
        update(OutboxLetter)
        .where(OutboxLetter.id.in_(select(due.c.id)))
        .values(
            state=OutboxState.SENDING,
            attempts=OutboxLetter.attempts + 1,
            doubts=OutboxLetter.doubts + is_doubtful,
            next_try_at=now + LEASE,
            **_named_by(writer),
        )
        .returning(*(getattr(OutboxLetter, name) for name in DueLetter.__slots__))
        .execution_options(synchronize_session=False)
    )
    return [DueLetter(*row) for row in claimed]


def _named_by(writer: Address | None) -> dict[str, Any]:
    if writer is None:
        return {}
    unknown, known = f"@{_UNKNOWN_DOMAIN}>", f"@{domain_of(writer.email)}>"
    return {"message_id": func.replace(OutboxLetter.message_id, unknown, known)}


def settle(
    session: Session | Connection, letter: DueLetter, settlement: Settlement, *, now: datetime
) -> bool:
    """Write down what became of a letter; False when somebody else has taken it up meanwhile."""
    is_final = settlement.state is not OutboxState.QUEUED
    settled = session.execute(
        update(OutboxLetter)
        .where(
            OutboxLetter.id == letter.id,
            OutboxLetter.state == OutboxState.SENDING,
            OutboxLetter.attempts == letter.attempts,
        )
        .values(
            state=settlement.state,
            next_try_at=settlement.next_try_at,
            doubts=settlement.doubts,
            reply_code=settlement.reply_code,
            reply=settlement.reply[:500],
            settled_at=now if is_final else None,
        )
        .returning(OutboxLetter.id)
        .execution_options(synchronize_session=False)
    )
    return settled.first() is not None


def forget(session: Session, *, email: str) -> int:
    """Delete every letter to an address that was erased; return how many there were."""
    gone = session.execute(
        delete(OutboxLetter).where(OutboxLetter.recipient == email).returning(OutboxLetter.id)
    )
    return len(gone.all())


def forget_settled(session: Session, kinds: Collection[str], *, before: datetime) -> int:
    """Delete letters of some kinds that were sent or given up before a moment; return how many."""
    gone = session.execute(
        delete(OutboxLetter)
        .where(OutboxLetter.kind.in_(kinds), OutboxLetter.settled_at < before)
        .returning(OutboxLetter.id)
    )
    return len(gone.all())


def next_try(attempts: int, now: datetime, *, jitter: float) -> datetime | None:
    """Return when to try again after so many attempts: 1, 5, 15, 60 minutes, … for three days.

    `jitter` in 0..1 lengthens the wait by up to a tenth, so that letters do not all come back at
    once. None: give up.
    """
    if attempts > len(_MINUTES):
        return None
    return now + timedelta(minutes=_MINUTES[attempts - 1]) * (1 + _JITTER * jitter)


def judge(
    letter: DueLetter, result: Outcome | TransportError, *, now: datetime, jitter: float
) -> Settlement:
    """Decide what an attempt means for the letter."""
    if isinstance(result, Outcome) and result.kind is not OutcomeKind.DEFERRED:
        state = OutboxState.ACCEPTED if result.is_accepted else OutboxState.REFUSED
        said = f"{result.enhanced} {result.text}".strip()
        return Settlement(state, now, letter.doubts, result.code, said)
    code, said = (result.code, result.text) if isinstance(result, Outcome) else (None, str(result))
    is_doubtful = isinstance(result, ConnectionLost) and result.in_doubt
    doubts = letter.doubts + is_doubtful
    again = next_try(letter.attempts, now, jitter=jitter) if doubts < MOST_DOUBTS else None
    state = OutboxState.QUEUED if again else OutboxState.FAILED
    return Settlement(state, again or now, doubts, code, said)


def give_up(letter: DueLetter, reason: str, *, now: datetime) -> Settlement:
    """Return the end of a letter that is not offered to the server any more."""
    return Settlement(OutboxState.FAILED, now, letter.doubts, None, reason)


def rendered(
    letter: DueLetter, *, default_sender: Address, return_path: str | None = None
) -> Letter:
    """Return the letter's bytes, the same on every try: its date is the moment it was written.

    It comes back to `return_path`, else to whom it is from; an automatic answer does not come back
    at all. Raises BadHeader or BadAddress.
    """
    sender = parse_addresses(letter.sender)[0] if letter.sender else default_sender
    is_answer = letter.headers.get("Auto-Submitted") == "auto-replied"
    return render_simple(
        envelope=Envelope("" if is_answer else return_path or sender.email, letter.recipient),
        sender=sender,
        to=Address(letter.recipient, letter.recipient_name),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=letter.message_id,
        date=letter.created_at,
        reply_to=parse_addresses(letter.reply_to)[0] if letter.reply_to else None,
        headers=list(letter.headers.items()),
    )


def _written(address: Address | None) -> str:
    if address is None:
        return ""
    wire_address(address.email)
    return write_address(Address(address.email, one_line(address.name)[:200]))
