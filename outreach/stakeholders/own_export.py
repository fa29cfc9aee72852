"""All that is held of one person, as one document: for themselves (GDPR Art. 15, 20) or on request.

Staff's private tags and notes, which may speak of others too, are left out of what a page gives;
staff who answer a request see them.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.contributions import TimelineSource
from outreach.projects.models import List
from outreach.stakeholders.exporting import defused
from outreach.stakeholders.models import ConsentEntry, Stakeholder, Suppression
from outreach.stakeholders.profile import merged_into, timeline_of
from outreach.stakeholders.wordings import wording_of

MOST_EVENTS = 2_000
MOMENTS = ("recorded_at", "requested_at", "confirmed_at", "withdrawn_at")


def own_record(
    session: Session,
    person: Stakeholder,
    sources: Iterable[TimelineSource],
    *,
    for_staff: bool = False,
) -> dict[str, Any]:
    """Return what is held of a person as plain values, moments in ISO 8601 (UTC).

    Records that were merged into the person's are theirs as well, with all they hold.
    `for_staff` adds tags and notes, which staff look through before they answer a request.
    """
    events = timeline_of(session, person.id, sources, limit=MOST_EVENTS)
    merged = merged_into(session, person.id)
    record: dict[str, Any] = {
        "person": _person(person),
        **_belongings(person),
        "other_records": [{**_person(other), **_belongings(other)} for other in merged],
        "consents": _consents(session, [person, *merged], person.language),
        "do_not_mail": _blocked(session, [person, *merged]),
        "history": [
            {"at": event.at.isoformat(), "what": event.title, "detail": event.detail}
            for event in events
            if for_staff or not event.is_internal
        ],
    }
    if for_staff:
        everybody = (person, *merged)
        record["tags"] = sorted({tag.name for one in everybody for tag in one.tags})
    return record


def _belongings(person: Stakeholder) -> dict[str, Any]:
    return {
        "roles": [
            {
                "role": held.role.slug,
                "since": held.since.isoformat(),
                "until": held.until.isoformat() if held.until else None,
            }
            for held in sorted(person.roles, key=lambda held: held.since)
        ],
        "topics": [topic.name.pick(person.language) for topic in person.topics],
    }


def _person(person: Stakeholder) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "first_name": person.given_name,
        "organisation": person.organisation.name if person.organisation else "",
        "position": person.job_title,
        "country": person.country,
        "language": person.language,
        "level": person.tier,
        "own_words_for_role": person.other_role,
        "source": person.source,
        "kept_since": person.created_at.isoformat(),
        "changed": person.updated_at.isoformat(),
        "paused_until": person.paused_until.isoformat() if person.paused_until else None,
        "at_most_monthly": person.at_most_monthly,
    }


def _consents(
    session: Session, records: Sequence[Stakeholder], language: str
) -> list[dict[str, Any]]:
    addresses = {person.id: person.email for person in records}
    rows = session.execute(
        select(ConsentEntry, List.name)
        .join(List, List.id == ConsentEntry.list_id)
        .where(ConsentEntry.stakeholder_id.in_(addresses))
        .order_by(ConsentEntry.id)
    )
    return [
        {
            "address": addresses[entry.stakeholder_id],
            "list": name.pick(language),
            "purpose": entry.purpose,
            "state": entry.state,
            "basis": entry.basis,
            "source": entry.source,
            "wording_version": entry.wording_version,
            "wording_language": entry.wording_language,
            "wording": wording_of(entry, name),
            **{moment: _iso(getattr(entry, moment)) for moment in MOMENTS},
        }
        for entry, name in rows
    ]


def _blocked(session: Session, records: Sequence[Stakeholder]) -> list[dict[str, Any]]:
    addresses = {person.fingerprint: person.email for person in records}
    lines = session.scalars(
        select(Suppression).where(Suppression.fingerprint.in_(addresses)).order_by(Suppression.id)
    )
    return [
        {
            "address": addresses[one.fingerprint],
            "reason": one.reason,
            "since": _iso(one.since),
            "released_at": _iso(one.released_at),
        }
        for one in lines
    ]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def as_json(record: dict[str, Any]) -> str:
    """Return a record as JSON that people can read."""
    return json.dumps(record, ensure_ascii=False, indent=2)


def as_csv(record: dict[str, Any]) -> str:
    """Return a record as a table of what and value, safe to open in a spreadsheet (S10)."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow(("what", "value"))
    for what, value in _flat(record):
        writer.writerow((what, defused(value)))
    return buffer.getvalue()


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flat(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, part in enumerate(value, start=1):
            yield from _flat(part, f"{path}.{number}")
    elif value not in (None, ""):
        yield path, str(value)
