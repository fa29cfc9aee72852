"""How long a mailing will take, for the page that asks whether to send it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.core.config import Settings
from outreach.mail.forecast import Work, ends_at, told
from outreach.mail.letter import Address
from outreach.mail.pace import Pace, pace_of
from outreach.mail.warming import left_by_day
from outreach.mailings.audience import audience_of, judged
from outreach.mailings.models import Mailing
from outreach.stakeholders.models import Stakeholder


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the page says."""

    takes: str
    done_at: datetime | None
    """When the last letter has left, as far as can be told."""
    warning: str
    quiet: str


def forecast(
    session: Session,
    mailing: Mailing,
    recipients: int,
    *,
    settings: Settings,
    sender: Address,
    begins: datetime,
    now: datetime,
) -> Forecast:
    """Follow a mailing to `recipients` people from the moment it begins.

    `sender` is the installation's own, for lists without a sender profile.
    """
    profile = mailing.mailing_list.sender_profile
    address = profile.from_address if profile else sender.email
    pace = pace_of(settings).of_sender(address)
    work = Work(
        recipients,
        _by_domain(session, mailing, pace, now) if pace.per_domain else {},
        left_by_day(session.connection(), address.rpartition("@")[2], now=now),
    )
    return Forecast(
        takes=told(work, pace, begins),
        done_at=ends_at(work, pace, begins),
        warning=pace.warning(recipients),
        quiet=str(pace.quiet) if pace.quiet else "",
    )


def _by_domain(session: Session, mailing: Mailing, pace: Pace, now: datetime) -> dict[str, int]:
    """Count the recipients at domains that have a pace of their own."""
    found = judged(session, audience_of(mailing), mailing.list_id, now)
    columns = [
        func.count().filter(Stakeholder.email.endswith(f"@{domain}", autoescape=True))
        for domain in pace.per_domain
    ]
    counts: Iterable[int] = session.execute(
        select(*columns).where(*found.conditions, found.reason.is_(None))
    ).one()
    return dict(zip(pace.per_domain, counts, strict=True))
