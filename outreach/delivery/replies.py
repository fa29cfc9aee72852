"""The mail server's last words about letters that did not pass, alike ones together."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.delivery.models import Delivery, DeliveryState
from outreach.stakeholders.models import Stakeholder

LOOKED_AT = 500
SHOWN = 8
DOMAINS = 3
_UNPASSED = (
    DeliveryState.DEFERRED,
    DeliveryState.REFUSED,
    DeliveryState.IN_DOUBT,
    DeliveryState.BOUNCED,
)
# Addresses and queue ids differ from letter to letter and would keep alike words apart.
_OWN = re.compile(r"<[^>]*>|\S+@\S+|\b(?=\w*\d)\w{7,}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b")


@dataclass(frozen=True, slots=True)
class ReplyGroup:
    """Words the server said of several letters, and whose they were."""

    state: DeliveryState
    said: str
    count: int
    domains: tuple[tuple[str, int], ...]
    """The recipients' domains with the most of them."""


def last_replies(session: Session, mailing_id: int) -> list[ReplyGroup]:
    """Group the last replies to letters that were deferred, refused, bounced or are in doubt."""
    rows = session.execute(
        select(Delivery.state, Delivery.reply_code, Delivery.reply, Stakeholder.email)
        .outerjoin(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(Delivery.mailing_id == mailing_id, Delivery.state.in_(_UNPASSED))
        .order_by(Delivery.number.desc())
        .limit(LOOKED_AT)
    )
    groups: dict[tuple[DeliveryState, str], Counter[str]] = defaultdict(Counter)
    for state, code, reply, email in rows:
        groups[state, alike(code, reply)][(email or "").rpartition("@")[2]] += 1
    found = [
        ReplyGroup(state, said, domains.total(), tuple(domains.most_common(DOMAINS)))
        for (state, said), domains in groups.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.said))[:SHOWN]


def alike(code: int | None, reply: str) -> str:
    """Return a reply without what is one letter's own."""
    return " ".join(f"{code or ''} {_OWN.sub('…', reply)}".split())
