"""Domains whose gateway refuses our letters: what waits for them is held back, the rest goes on.

A hold concerns a domain, whatever the mailing: it is the gateway that does not want us. It ends by
itself, later each time, or by hand.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from outreach.core.db import UTCDateTime
from outreach.core.errors import NotFound
from outreach.delivery.models import Delivery, DeliveryState, DomainHold
from outreach.mailings.log import Act, note
from outreach.mailings.models import Mailing

HOURS = (1, 4, 12, 24)
"""How long a domain is held the first, second, … time in a row; the last one repeats."""
REMEMBERED = timedelta(days=7)
"""A domain held again within so long after the end is held longer."""


def reply_of(domain: str) -> str:
    """Return what stands in the place of a server's reply at letters that are held back."""
    return f"Held back: {domain} refuses our letters"


def hold(
    session: Session, domain: str, *, mailing_id: int, said: str, actor: str, now: datetime
) -> datetime:
    """Hold a domain back and write it into the mailing's log; returns until when.

    Held by another worker a moment ago, it stays as it is.
    """
    found = _row(session, domain, mailing_id, now)
    if found.until > now:
        return found.until
    is_again = now - found.until < REMEMBERED
    hours = HOURS[min(found.times if is_again else 0, len(HOURS) - 1)]
    found.times = found.times + 1 if is_again else 1
    found.since, found.until, found.told_at = now, now + timedelta(hours=hours), None
    found.mailing_id, found.said = mailing_id, said[:300]
    mailing = session.get_one(Mailing, mailing_id)
    detail = f"letters to {domain} held back until {found.until:%Y-%m-%d %H:%M} UTC: {said[:300]}"
    note(session, mailing, Act.WAITED, actor=actor, now=now, detail=detail)
    session.flush()
    return found.until


def _row(session: Session, domain: str, mailing_id: int, now: datetime) -> DomainHold:
    """Return a domain's row, locked; two workers may find the same domain at the same moment."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if is_postgres else sqlite.insert
    session.execute(
        insert(DomainHold)
        .values(
            domain=domain,
            since=now,
            until=now - REMEMBERED,
            times=0,
            said="",
            mailing_id=mailing_id,
            told_at=now,
        )
        .on_conflict_do_nothing()
    )
    return session.get_one(DomainHold, domain, with_for_update=True, populate_existing=True)


def remembered(connection: Connection, *, now: datetime) -> dict[str, datetime]:
    """Return the domains held now or lately, and until when; few rows, if any."""
    rows = connection.execute(_REMEMBERED, {"long_ago": now - REMEMBERED})
    return {domain: until for domain, until in rows}  # noqa: C416 - dict() of rows has no types


_REMEMBERED = select(DomainHold.domain, DomainHold.until).where(
    DomainHold.until > bindparam("long_ago", type_=UTCDateTime())
)


def holds_of(session: Session, mailing_id: int, *, now: datetime) -> Sequence[DomainHold]:
    """Return the domains that hold letters of a mailing back."""
    waiting = select(Delivery.reply).where(
        Delivery.mailing_id == mailing_id,
        Delivery.state == DeliveryState.DEFERRED,
        Delivery.next_try_at > now,
        Delivery.reply.startswith("Held back: "),
    )
    replies = set(session.scalars(waiting.distinct()))
    found = session.scalars(
        select(DomainHold).where(DomainHold.until > now).order_by(DomainHold.since)
    )
    return [one for one in found if reply_of(one.domain) in replies]


def try_again(session: Session, domain: str, *, now: datetime) -> None:
    """End a hold by hand: its letters are due at once. Raises NotFound for a domain never held."""
    found = session.get(DomainHold, domain, with_for_update=True)
    if found is None:
        raise NotFound
    found.until, found.times = min(found.until, now), 0
    session.execute(
        update(Delivery)
        .where(
            Delivery.state == DeliveryState.DEFERRED,
            Delivery.reply == reply_of(domain),
            Delivery.next_try_at > now,
        )
        .values(next_try_at=now)
        .execution_options(synchronize_session=False)
    )
