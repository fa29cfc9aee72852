"""Who writes the short letters of this room, and posting them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import QueryableAttribute, Session

from outreach.core.keys import KeyRing
from outreach.core.signing import Signer
from outreach.mail.letter import Address
from outreach.mail.models import OutboxLetter
from outreach.mail.outbox import AUTOMATIC, post
from outreach.mail.writing import Written
from outreach.projects.models import List


@dataclass(frozen=True)
class Desk:
    """What is needed to write somebody a short letter with a link of their own."""

    base_url: str
    signer: Signer
    ring: KeyRing


def post_letter(
    session: Session,
    written: Written,
    *,
    kind: str,
    email: str,
    its_list: List | None,
    reference: tuple[str, int],
    now: datetime,
    is_meant: bool = True,
) -> None:
    """Post a letter in the name of a list; without one the installation writes.

    One that is not meant is written and taken back before the commit, by the statement that takes
    back nothing of one that is: so the answer takes as long for an address that gets none (S5).
    """
    profile = its_list.sender_profile if its_list else None
    replies = its_list.reply_address if its_list else ""
    letter = post(
        session,
        kind=kind,
        to=Address(email),
        subject=written.subject,
        text=written.text,
        html=written.html,
        sender=Address(profile.from_address, profile.from_name) if profile else None,
        reply_to=Address(replies) if replies else None,
        headers=AUTOMATIC,
        reference=reference,
        now=now,
    )
    session.flush()  # what is not meant is taken back by its id
    take_back(session, OutboxLetter.id, letter.id, is_meant=is_meant)


def take_back(session: Session, key: QueryableAttribute[int], id_: int, *, is_meant: bool) -> None:
    """Delete a row just written that is not meant; one that is costs the same statement (S5)."""
    none = 0
    unmeant = delete(key.class_).where(key == (none if is_meant else id_))
    session.execute(unmeant.execution_options(synchronize_session=False))
