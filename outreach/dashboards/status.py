"""Where a mailing stands, in plain values: for `outreach mailing status` and whoever scripts it."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.dashboards.queries import totals
from outreach.delivery.domains import by_domain
from outreach.delivery.holds import holds_of
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.delivery.queries import Progress, progress
from outreach.delivery.remaining import remaining
from outreach.delivery.replies import last_replies
from outreach.mailings.log import told
from outreach.mailings.models import Mailing
from outreach.mailings.queries import log_of
from outreach.tracking.models import COUNTED, Hit, HitKind

COUNTS = ("opened", "clicked", "visits", "downloads", "asked", "answered")
"""What is counted, as reports name it: letters opened and clicked, visits, downloads, questions."""


def mailing_status(session: Session, mailing: Mailing, *, now: datetime) -> dict[str, Any]:
    """Return state, counts by delivery state, counted and raw events; None before there are any."""
    sending = progress(session, mailing.id, now=now)
    dispatch = session.get(Dispatch, mailing.id)
    return {
        "id": mailing.id,
        "slug": mailing.slug,
        "title": mailing.title,
        "state": mailing.state.value,
        "reason": mailing.state_reason,
        "next_try_at": _moment(mailing.next_try_at),
        "due_at": _moment(mailing.due_at),
        "due_local": mailing.due_local,
        "due_zone": mailing.due_zone,
        "started_at": _moment(mailing.started_at),
        "finished_at": _moment(mailing.finished_at),
        "tracking": dispatch.tracking if dispatch else None,
        "transport": dispatch.transport if dispatch else None,
        "recipients": sending.recipients if sending else None,
        "sent": sending.accepted if sending else None,
        "waiting": sending.waiting if sending else None,
        "in_doubt": sending.doubted if sending else None,
        "deliveries": {one.value: sending.by_state.get(one, 0) for one in DeliveryState}
        if sending
        else None,
        "withheld": _withheld(session, mailing.id) if sending else None,
        "under_way": _under_way(session, mailing.id, sending, now) if sending else None,
        "counted": _counted(session, mailing.id) if sending else None,
        "raw": _raw(session, mailing.id) if sending else None,
    }


def _under_way(
    session: Session, mailing_id: int, sending: Progress, now: datetime
) -> dict[str, Any]:
    """Return what one watches while letters leave, as the page of its progress shows it."""
    left = remaining(session, mailing_id, sending, now=now)
    return {
        "per_minute": sending.per_minute,
        "minutes_left": left.minutes if left else None,
        "slowed_by": left.slowed_by if left else None,
        "tried_later": sending.later,
        "tries_from": _moment(sending.tries_from),
        "tries_until": _moment(sending.tries_until),
        "held_back": [
            {"domain": one.domain, "until": _moment(one.until), "said": one.said}
            for one in holds_of(session, mailing_id, now=now)
        ],
        "replies": [
            {"state": one.state.value, "said": one.said, "letters": one.count,
             "domains": dict(one.domains)}
            for one in last_replies(session, mailing_id)
        ],
        "domains": [asdict(one) for one in by_domain(session, mailing_id)],
    }  # fmt: skip


def events(session: Session, mailing: Mailing) -> list[dict[str, Any]]:
    """Return who did what with a mailing, the newest first, in plain values."""
    return [
        {"at": _moment(one.at), "actor": one.actor, "act": told(one.verb), "detail": one.detail}
        for one in log_of(session, mailing.id)
    ]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _withheld(session: Session, mailing_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Delivery.reason, func.count())
        .where(Delivery.mailing_id == mailing_id, Delivery.state == DeliveryState.WITHHELD)
        .group_by(Delivery.reason)
    )
    return {reason.value if reason else "unknown": count for reason, count in rows}


def _counted(session: Session, mailing_id: int) -> dict[str, int | None]:
    found = vars(totals(session, [mailing_id]))
    return {name: found[name] for name in COUNTS}


def _raw(session: Session, mailing_id: int) -> dict[str, dict[str, int]]:
    """Return every request that was kept, by kind: all, and of these the ones that do not count."""
    rows = session.execute(
        select(Hit.kind, Hit.label, func.count())
        .where(Hit.mailing_id == mailing_id)
        .group_by(Hit.kind, Hit.label)
    )
    every, machine = Counter[HitKind](), Counter[HitKind]()
    for kind, label, count in rows:
        every[kind] += count
        machine[kind] += 0 if label in COUNTED else count
    return {kind.value: {"all": every[kind], "machine": machine[kind]} for kind in HitKind}
