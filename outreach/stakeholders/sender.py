"""Who writes the short letters of this room, and posting them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.core.keys import KeyRing
from outreach.core.signing import Signer
from outreach.mail.letter import Address
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

    One that is not meant is written and taken back before the commit: so the answer takes as long
    for an address that gets none (S5).
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
    if not is_meant:
        session.flush()
        session.delete(letter)
