"""What a person wishes about how often letters come: kept as a change, so that it can be told and,
for half an hour, taken back by the page that confirmed it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from outreach.core.changes import Actor, Change, ChangeSet, note
from outreach.core.errors import Conflict
from outreach.stakeholders.changed import changes_naming
from outreach.stakeholders.ledger import THE_PERSON, lock_person
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.people import living

UNDO_WITHIN = timedelta(minutes=30)
A_MOMENT = timedelta(minutes=2)
"""A button pressed twice, or a page loaded again, is still the same wish."""
HERSELF = Actor(None, THE_PERSON)
_NAMES = ("at_most_monthly", "paused_until")


def wishes_of(person: Stakeholder) -> dict[str, Any]:
    """Return a person's wishes as a change keeps them."""
    until = person.paused_until
    return {
        "at_most_monthly": person.at_most_monthly,
        "paused_until": until.isoformat() if until else None,
    }


def wish(session: Session, stakeholder_id: int, now: datetime, actor: Actor, **wished: Any) -> None:
    """Let columns of a person hold what was wished, and keep the change where there is one.

    Raises NotFound for nobody.
    """
    lock_person(session, stakeholder_id)
    person = living(session, stakeholder_id)
    before = wishes_of(person)
    for column, value in wished.items():
        setattr(person, column, value)
    _keep(session, person, before, actor, now)


def _keep(
    session: Session, person: Stakeholder, before: dict[str, Any], actor: Actor, now: datetime
) -> None:
    after = wishes_of(person)
    if before != after:
        # No name in the label: it would outlive an erasure.
        label = f"How often letters go to stakeholder {person.id}"
        note(session, label, person, before=before, after=after, actor=actor, now=now)


def wish_of_a_moment_ago(session: Session, stakeholder_id: int, *, now: datetime) -> int | None:
    """Return the number of the wish a person wrote just now, with which it can be taken back."""
    _change, made = _newest(session, living(session, stakeholder_id).id)
    is_theirs = made is not None and made.actor == THE_PERSON
    return made.id if made and is_theirs and made.created_at > now - A_MOMENT else None


def take_wish_back(session: Session, stakeholder_id: int, number: int, *, now: datetime) -> None:
    """Let what a person wished less than half an hour ago be as it was before.

    Raises Conflict when it is too late, when something was wished since, or when it is not theirs.
    """
    lock_person(session, stakeholder_id)
    person = living(session, stakeholder_id)
    change, made = _newest(session, person.id)
    if change is None or made is None or made.id != number or made.actor != THE_PERSON:
        raise Conflict("There is nothing to take back.")
    if made.created_at <= now - UNDO_WITHIN:
        raise Conflict("This can no longer be taken back.")
    before = wishes_of(person)
    restore_wishes(person, change.before, change.after)
    _keep(session, person, before, HERSELF, now)


def restore_wishes(person: Stakeholder, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Let what a change did to a person's wishes be undone; what was wished since stays."""
    now_wished = wishes_of(person)
    changed = {name for name in now_wished if name in after and after[name] == now_wished[name]}
    if "at_most_monthly" in changed:
        person.at_most_monthly = bool(before.get("at_most_monthly"))
    if "paused_until" in changed:
        person.paused_until = _moment(before.get("paused_until"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _newest(session: Session, stakeholder_id: int) -> tuple[Change, ChangeSet] | tuple[None, None]:
    return next(changes_naming(session, stakeholder_id, _NAMES), (None, None))
