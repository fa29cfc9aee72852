"""From when to when a role is held: a politician who leaves office stays right in the past."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.errors import NotFound, Refusal
from outreach.stakeholders.models import Stakeholder, StakeholderRole
from outreach.stakeholders.people import living, record_edit, snapshot
from outreach.stakeholders.roles import roles_named


def set_term(
    session: Session,
    stakeholder_id: int,
    slug: str,
    since: date,
    until: date | None,
    *,
    was_since: datetime | None,
    zone: str,
    now: datetime,
    actor: str,
    actor_id: int | None = None,
) -> Stakeholder:
    """Say from which day to which a role is held; `was_since` names a term that is corrected.

    Days begin in the user's zone. With the last public role the level goes.

    Raises Refusal for an end before the beginning or two terms of one role that overlap, NotFound
    for a term that is not there.
    """
    person = living(session, stakeholder_id)
    role = roles_named(session, [slug])[0]
    if until is not None and until <= since:
        raise Refusal("The role ends before it begins.", "Choose a later day for its end.")
    begins, ends = _begin(since, zone), _begin(until, zone) if until else None
    others = [held for held in person.roles if held.role_id == role.id]
    corrected = next((held for held in others if held.since == was_since), None)
    if was_since is not None and corrected is None:
        raise NotFound("This term is not there any more.")
    if any(_overlap(held, begins, ends) for held in others if held is not corrected):
        raise Refusal("They hold this role at that time already.", "Correct that term instead.")
    before = snapshot(person, now)
    if corrected is not None:
        person.roles.remove(corrected)
        session.flush()  # the beginning is part of a term's key
    person.roles.append(StakeholderRole(role=role, role_id=role.id, since=begins, until=ends))
    if not any(held.role.is_public and _goes_on(held, now) for held in person.roles):
        person.tier = None
    person.updated_at = now
    edit = ChangeSet(
        kind=ChangeKind.EDIT,
        label=f"Edited stakeholder {person.id}",
        actor=actor,
        actor_id=actor_id,
        created_at=now,
    )
    record_edit(session, edit, person, before=before)
    return person


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def _goes_on(held: StakeholderRole, now: datetime) -> bool:
    return held.until is None or held.until > now


def _overlap(held: StakeholderRole, since: datetime, until: datetime | None) -> bool:
    begins_before = until is None or held.since < until
    return begins_before and (held.until is None or held.until > since)
