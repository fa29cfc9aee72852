"""What is planned: mailings by the day they go out, for a page and for calendar programs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from outreach.core.extras import late
from outreach.mailings.calendars import calendar
from outreach.mailings.digest_models import Digest
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.moments import wall_time
from outreach.mailings.queries import ProjectIds, in_reach
from outreach.projects.models import List

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = late("icalendar")

_SHOWN = (
    MailingState.SCHEDULED,
    MailingState.SENDING,
    MailingState.PAUSED,
    MailingState.SENT,
    MailingState.FAILED,
)
PAST = timedelta(days=60)
"""How far back a calendar program is told."""
TAKES = timedelta(minutes=30)
UTC_ZONE = ZoneInfo("UTC")


def planned(
    session: Session, project_ids: ProjectIds, *, since: datetime, until: datetime
) -> Sequence[Mailing]:
    """Return what begins or began within a time, first things first."""
    begins = func.coalesce(Mailing.started_at, Mailing.due_at)
    return session.scalars(
        select(Mailing)
        .where(
            in_reach(project_ids),
            Mailing.state.in_(_SHOWN),
            Mailing.archived_at.is_(None),
            begins >= since,
            begins < until,
        )
        .options(joinedload(Mailing.mailing_list))
        .order_by(begins, Mailing.id)
    ).all()


def digests_due(
    session: Session, project_ids: ProjectIds, *, since: datetime, until: datetime
) -> Sequence[Digest]:
    """Return the digests whose next issue is made within a time, first things first."""
    query = (
        select(Digest)
        .join(List, List.id == Digest.list_id)
        .where(Digest.is_on, Digest.due_at >= since, Digest.due_at < until)
        .options(joinedload(Digest.mailing_list))
        .order_by(Digest.due_at)
    )
    if project_ids is not None:
        query = query.where(List.project_id.in_(project_ids))
    return session.scalars(query).all()


def begins_at(mailing: Mailing) -> datetime:
    """Return the moment under which a planned mailing is shown."""
    moment = mailing.started_at or mailing.due_at
    return moment if moment is not None else mailing.updated_at


def clock_of(mailing: Mailing, zone: ZoneInfo) -> datetime:
    """Return what a clock shows when a planned mailing begins, without a zone.

    The clock hangs in `zone`; for a mailing at each reader's own time it hangs where they are.
    """
    if mailing.is_local_time and mailing.due_local:
        return wall_time(mailing.due_local)
    return begins_at(mailing).astimezone(zone).replace(tzinfo=None)


def by_day(mailings: Sequence[Mailing], zone: ZoneInfo) -> dict[date, list[Mailing]]:
    """Sort planned mailings into the days their clocks show, each by its time."""
    days: dict[date, list[Mailing]] = {}
    for mailing in sorted(mailings, key=lambda each: clock_of(each, zone)):
        days.setdefault(clock_of(mailing, zone).date(), []).append(mailing)
    return days


def month_of(text: str, *, today: date) -> date:
    """Return the first day of a month given as "2026-12"; of today's where it is none."""
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return today.replace(day=1)


def as_calendar(mailings: Sequence[Mailing], digests: Sequence[Digest], base_url: str) -> bytes:
    """Return planned mailings and issues of digests for calendar programs (RFC 5545).

    The words are staff's own.
    """
    whole = calendar()
    whole.add("x-wr-calname", "Outreach: mailings")
    for mailing in mailings:
        entry = icalendar.Event()
        # Without a zone (RFC 5545 §3.3.5, form 1) it is that time wherever somebody looks.
        begins = clock_of(mailing, UTC_ZONE) if mailing.is_local_time else begins_at(mailing)
        entry.add("uid", f"mailing-{mailing.id}@outreach")
        entry.add("dtstamp", mailing.updated_at)
        entry.add("dtstart", begins)
        entry.add("dtend", begins + TAKES)
        entry.add("summary", f"{mailing.title} ({mailing.state.label.lower()})")
        told = " (at each reader's own time)" if mailing.is_local_time else ""
        entry.add("description", f"{mailing.mailing_list.name}{told}")
        entry.add("url", f"{base_url}/staff/mailings/{mailing.id}")
        whole.add_component(entry)
    for digest in digests:
        entry = icalendar.Event()
        entry.add("uid", f"digest-{digest.list_id}@outreach")
        entry.add("dtstamp", digest.updated_at)
        entry.add("dtstart", digest.due_at)
        entry.add("summary", f"Digest of {digest.mailing_list.name}")
        entry.add("url", f"{base_url}/staff/mailings/digests/{digest.list_id}")
        whole.add_component(entry)
    return bytes(whole.to_ical())
