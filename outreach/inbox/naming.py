"""Which letter of ours a message is about, as far as that is proved."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.signing import Signer
from outreach.delivery.models import Delivery
from outreach.delivery.naming import delivery_named
from outreach.delivery.outlets import OUTBOX, mark_of_letter
from outreach.inbox.reading import tokens
from outreach.mail.models import OutboxLetter


@dataclass(frozen=True, slots=True)
class Named:
    """A letter of a mailing, or a single letter; neither when nothing is proved."""

    delivery: Delivery | None = None
    letter: OutboxLetter | None = None


def named_in(session: Session, raw: bytes, references: Iterable[str], signer: Signer) -> Named:
    """Return the one letter whose signed token stands in the message, else what it answers.

    Two genuine tokens prove nothing. `references` are the Message-IDs a person's mail answers.
    """
    genuine = {
        (found.mailing_id, found.number, found.nonce)
        for text in tokens(raw)
        if (found := signer.redeem_local_part(text)) is not None
    }
    if len(genuine) == 1:
        return _letter(session, *genuine.pop())
    return Named() if genuine else _answered(session, references, signer)


def _letter(session: Session, mailing_id: int, number: int, mark: bytes) -> Named:
    if mailing_id == OUTBOX:
        letter = session.get(OutboxLetter, number)
        is_it = letter is not None and mark == mark_of_letter(letter.message_id)
        return Named(letter=letter if is_it else None)
    return Named(delivery=session.get(Delivery, (mailing_id, number)))


def _answered(session: Session, references: Iterable[str], signer: Signer) -> Named:
    asked = list(references)
    for message_id in asked:
        if key := delivery_named(message_id, signer):
            return Named(delivery=session.get(Delivery, key))
    letters = session.scalars(select(OutboxLetter).where(OutboxLetter.message_id.in_(asked)))
    by_id = {letter.message_id: letter for letter in letters}
    return Named(letter=next((by_id[one] for one in asked if one in by_id), None))
