"""One person under two addresses: merged by hand, taken back within thirty days.

The merged record keeps its own rows, past letters and consents; it only points to the one that
stays, and reads follow. What does move is what must not be lost: a wish not to be mailed, roles,
topics and tags, and what the record that stays does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.core.changes import ChangeKind, ChangeSet, record_change
from outreach.core.errors import Conflict, NotFound
from outreach.projects.models import List
from outreach.stakeholders.importing.applying import evidence_of
from outreach.stakeholders.ledger import last_entry, lock_person, record_consent
from outreach.stakeholders.models import (
    Consent,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
    Suppression,
)
from outreach.stakeholders.people import snapshot
from outreach.stakeholders.suppressions import WISHES, suppress
from outreach.stakeholders.texts import search_text_of, sort_name_of
from outreach.stakeholders.wishes import wishes_of

_FILLED = {
    "name": "Name",
    "given_name": "First name",
    "job_title": "Position",
    "country": "Country",
    "tier": "Level",
    "organisation_id": "Organisation",
}


@dataclass(frozen=True)
class Preview:
    """What a merge would do, in words."""

    kept: Stakeholder
    gone: Stakeholder
    filled: Sequence[str]
    """What the record that stays takes over, as "Country: BE"."""
    left: Sequence[str]
    """Lists that the person left under the other address: they are left for good."""
    is_blocked: bool
    """Whether the other address is on the do-not-mail list by the person's own wish."""


def preview(session: Session, kept_id: int, gone_id: int, *, now: datetime) -> Preview:
    """Say what a merge would do; raises NotFound and Conflict as `merge` does."""
    kept, gone = _both(session, kept_id, gone_id)
    filled, left = _filled(kept, gone, now), _left(session, kept, gone)
    return Preview(kept, gone, filled, left, _is_blocked(session, gone))


def merge(
    session: Session,
    kept_id: int,
    gone_id: int,
    *,
    now: datetime,
    actor: str,
    actor_id: int | None = None,
) -> ChangeSet:
    """Let the record `gone_id` point to `kept_id`, who is the person from now on.

    Raises NotFound for somebody who is not there (any more), Conflict for one and the same.
    """
    for id_ in sorted((kept_id, gone_id)):
        lock_person(session, id_)
    kept, gone = _both(session, kept_id, gone_id)
    batch = ChangeSet(
        kind=ChangeKind.MERGE,
        label=f"Merged stakeholder {gone_id} into {kept_id}",  # no name: it outlives an erasure
        actor=actor,
        actor_id=actor_id,
        created_at=now,
    )
    session.add(batch)
    session.flush()  # changes and lines of the ledger name their set
    _carry_wishes(session, kept, gone, batch, actor)
    before = snapshot(kept, now) | wishes_of(kept)
    _take_over(kept, gone, now)
    after = snapshot(kept, now) | wishes_of(kept)
    record_change(session, batch, "stakeholder", kept.id, before=before, after=after)
    gone.merged_into_id, gone.updated_at = kept.id, now
    batch.summary = {"kept": kept.id, "gone": gone.id, "followed": _flatten(session, kept, gone)}
    return batch


def _both(session: Session, kept_id: int, gone_id: int) -> tuple[Stakeholder, Stakeholder]:
    if kept_id == gone_id:
        raise Conflict("These are one and the same record.")
    query = (
        select(Stakeholder)
        .where(
            Stakeholder.id.in_((kept_id, gone_id)),
            Stakeholder.erased_at.is_(None),
            Stakeholder.merged_into_id.is_(None),
        )
        .options(
            joinedload(Stakeholder.organisation),
            selectinload(Stakeholder.roles).joinedload(StakeholderRole.role),
            selectinload(Stakeholder.topics),
            selectinload(Stakeholder.tags),
        )
    )
    found = {person.id: person for person in session.scalars(query)}
    if len(found) < 2:
        raise NotFound("One of the two is not there any more.")
    return found[kept_id], found[gone_id]


def _filled(kept: Stakeholder, gone: Stakeholder, now: datetime) -> list[str]:
    said = []
    for column in _FILLED:
        if getattr(gone, column) and not getattr(kept, column):
            value = (
                gone.organisation.name if column == "organisation_id" and gone.organisation else ""
            )
            label = column.removesuffix("_id").replace("_", " ").capitalize()
            said.append(f"{label}: {value or getattr(gone, column)}")
    said += _wishes_carried(kept, gone)
    own, other = _roles_held(kept, now), _roles_held(gone, now)
    roles = other.keys() - own.keys()
    said += [f"Role: {other[role].role.name.pick()}" for role in sorted(roles)]
    tags = {tag.name for tag in gone.tags} - {tag.name for tag in kept.tags}
    topics = {topic.slug: topic for topic in gone.topics}
    new = topics.keys() - {topic.slug for topic in kept.topics}
    said += [f"Tag: {name}" for name in sorted(tags)]
    return said + [f"Topic: {topics[slug].name.pick()}" for slug in sorted(new)]


def _wishes_carried(kept: Stakeholder, gone: Stakeholder) -> list[str]:
    said = ["At most one letter a month"] if gone.at_most_monthly > kept.at_most_monthly else []
    until = gone.paused_until
    if until and (kept.paused_until is None or until > kept.paused_until):
        said.append(f"A pause until {until.day} {until:%b %Y}")
    return said


def _roles_held(person: Stakeholder, now: datetime) -> dict[int, StakeholderRole]:
    return {held.role_id: held for held in person.roles_at(now)}


def _take_over(kept: Stakeholder, gone: Stakeholder, now: datetime) -> None:
    for column in _FILLED:
        if getattr(gone, column) and not getattr(kept, column):
            setattr(kept, column, getattr(gone, column))
            if column == "organisation_id":
                kept.organisation = gone.organisation
    own, other = _roles_held(kept, now), _roles_held(gone, now)
    for role_id in other.keys() - own.keys():
        role, until = other[role_id].role, other[role_id].until
        kept.roles.append(StakeholderRole(role=role, role_id=role_id, since=now, until=until))
    # Whichever address it was said under, it was the person's wish.
    kept.at_most_monthly = kept.at_most_monthly or gone.at_most_monthly
    kept.paused_until = max(filter(None, (kept.paused_until, gone.paused_until)), default=None)
    kept.tags += [tag for tag in gone.tags if tag not in kept.tags]
    kept.topics += [topic for topic in gone.topics if topic not in kept.topics]
    place = kept.organisation.name if kept.organisation else ""
    kept.sort_name = sort_name_of(kept.name, kept.email or "")
    kept.search_text = search_text_of(kept.name, kept.email or "", place)
    kept.updated_at = now


def _gets(session: Session, person_id: int) -> dict[int, Consent]:
    query = select(Consent).where(
        Consent.stakeholder_id == person_id, Consent.purpose == Purpose.NEWSLETTER
    )
    return {consent.list_id: consent for consent in session.scalars(query)}


def _lists_left(session: Session, kept: Stakeholder, gone: Stakeholder) -> list[int]:
    """The lists that the other record left after this one last agreed."""
    own, other = _gets(session, kept.id), _gets(session, gone.id)
    return [
        list_id
        for list_id, consent in other.items()
        if consent.state is ConsentState.WITHDRAWN
        and list_id in own
        and own[list_id].state is not ConsentState.WITHDRAWN
        and consent.since >= own[list_id].since
    ]


def _left(session: Session, kept: Stakeholder, gone: Stakeholder) -> list[str]:
    ids = _lists_left(session, kept, gone)
    return [found.name.pick() for found in session.scalars(select(List).where(List.id.in_(ids)))]


def _wishes(session: Session, gone: Stakeholder) -> Sequence[Suppression]:
    return session.scalars(
        select(Suppression).where(
            Suppression.fingerprint == gone.fingerprint,
            Suppression.released_at.is_(None),
            Suppression.reason.in_(WISHES),
        )
    ).all()


def _is_blocked(session: Session, gone: Stakeholder) -> bool:
    return bool(_wishes(session, gone))


def _carry_wishes(
    session: Session, kept: Stakeholder, gone: Stakeholder, batch: ChangeSet, actor: str
) -> None:
    """Whoever left or complained under the other address did so as a person."""
    values: dict[str, Any] = {"actor": actor, "now": batch.created_at}
    for list_id in _lists_left(session, kept, gone):
        last = last_entry(session, gone.id, list_id, Purpose.NEWSLETTER)
        record_consent(
            session,
            kept.id,
            list_id,
            Purpose.NEWSLETTER,
            ConsentState.WITHDRAWN,
            basis=_gets(session, kept.id)[list_id].basis,
            source=f"Left under another address: {last.source if last else ''}",
            change_set_id=batch.id,
            **values,
        )
    for wish in _wishes(session, gone):
        evidence = f"Said under another address {evidence_of(batch.id)}"
        suppress(
            session,
            kept.fingerprint or "",
            wish.reason,
            evidence=evidence,
            stakeholder_id=kept.id,
            **values,
        )


def _flatten(session: Session, kept: Stakeholder, gone: Stakeholder) -> list[int]:
    """Let whoever was merged into the other record point to the one that stays."""
    followers = session.scalars(
        select(Stakeholder.id).where(Stakeholder.merged_into_id == gone.id)
    ).all()
    session.execute(
        update(Stakeholder)
        .where(Stakeholder.merged_into_id == gone.id)
        .values(merged_into_id=kept.id)
    )
    return list(followers)
