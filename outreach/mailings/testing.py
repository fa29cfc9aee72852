"""Test letters: marked as such, with links that work and count nowhere."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.mail.addresses import parse_addresses
from outreach.mail.letter import Address
from outreach.mail.outbox import post
from outreach.mailings.freezing import gather
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing
from outreach.mailings.previewing import preview, sample_facts

MARK = "[Test]"
_NO_OUTLET = (
    "No letter can leave this machine: no SMTP server is set.",
    "Set OUTREACH_MAIL_SERVER and OUTREACH_MAIL_DEFAULT_SENDER, or OUTREACH_CATCHER=1.",
)


def send_test(
    session: Session,
    mailing: Mailing,
    testers: Iterable[str],
    *,
    role_id: int | None,
    reads: str = "",
    sender: Address,
    base_url: str,
    can_send: bool,
    actor: str,
    now: datetime,
) -> int:
    """Post a test to each address, as it reads for a role and a language; returns how many.

    Raises Refusal when no letter can leave or the letter cannot be made, BadAddress for an address
    that is none.
    """
    if not can_send:
        raise Refusal(*_NO_OUTLET)
    letter = gather(session, mailing, sender=sender, base_url=base_url)
    letter = letter.edition(letter.variant_of(role_id, reads))
    made = preview(letter, sample_facts(letter, role_id))
    addresses = list(testers)
    for address in addresses:
        post(
            session,
            kind="test",
            to=Address(address),
            subject=f"{MARK} {made.subject}",
            text=made.text,
            html=made.html,
            sender=Address(letter.sender_address, letter.sender_name),
            reply_to=_reply_to(letter.reply_address),
            reference=("mailing", mailing.id),
            now=now,
        )
    note(session, mailing, Act.TESTED, actor=actor, now=now, detail=f"to {', '.join(addresses)}")
    return len(addresses)


def _reply_to(address: str) -> Address | None:
    return parse_addresses(address)[0] if address else None
