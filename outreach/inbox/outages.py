"""How long the mailbox cannot be read: kept for the pages, and told to administrators once."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.accounts.telling import administrators, tell
from outreach.inbox.models import MailboxOutage

TOLD_AFTER = timedelta(hours=1)
"""A server that restarts is nobody's business; bounces that wait longer are."""
_ONLY = 1


def outage(session: Session) -> MailboxOutage | None:
    """Return what keeps the mailbox from being read, if something does."""
    return session.get(MailboxOutage, _ONLY)


def note_outage(
    session: Session, said: str, remedy: str, *, can_tell: bool, base_url: str, now: datetime
) -> None:
    """Keep that it could not be read, and why; tell by mail once it lasts, where mail can leave."""
    found = session.get(MailboxOutage, _ONLY, with_for_update=True)
    if found is None:
        found = MailboxOutage(id=_ONLY, since=now)
        session.add(found)
    found.said, found.remedy = said[:500], remedy[:500]
    if can_tell and found.told_at is None and now - found.since >= TOLD_AFTER:
        found.told_at = now
        tell(
            session,
            administrators(session),
            "mailbox_away",
            now=now,
            since=_written(found.since),
            said=found.said,
            remedy=found.remedy,
            address=f"{base_url}/staff/bounces",
        )


def end_outage(session: Session, *, base_url: str, now: datetime) -> None:
    """Note that it was read; whoever was told that it could not be is told so, too."""
    found = session.get(MailboxOutage, _ONLY, with_for_update=True)
    if found is None:
        return
    if found.told_at is not None:
        tell(
            session,
            administrators(session),
            "mailbox_back",
            now=now,
            since=_written(found.since),
            until=_written(now),
            address=f"{base_url}/staff/bounces",
        )
    session.delete(found)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
