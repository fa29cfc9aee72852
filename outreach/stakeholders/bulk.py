"""Doing one thing to many people: tag, role, do-not-mail; each is a change set that can be undone.

Statements, not objects: a hundred thousand people take seconds, not minutes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.errors import Refusal
from outreach.stakeholders.eligibility import holds_now
from outreach.stakeholders.importing.applying import evidence_of
from outreach.stakeholders.levels import end_levels
from outreach.stakeholders.models import (
    Purpose,
    Role,
    Stakeholder,
    StakeholderRole,
    StakeholderTag,
    Stop,
    Suppression,
    SuppressionReason,
    Tag,
    Tier,
    mark,
)
from outreach.stakeholders.people import tags_named
from outreach.stakeholders.roles import roles_named
from outreach.stakeholders.texts import one_line

CHUNK = 1_000


class Act(StrEnum):
    """What can be done to many at once."""

    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    BEGIN_ROLE = "begin_role"
    END_ROLE = "end_role"
    SUPPRESS = "suppress"

    @property
    def label(self) -> str:
        """As a button says it."""
        return _LABELS[self]


_LABELS = {
    Act.ADD_TAG: "Add a tag",
    Act.REMOVE_TAG: "Remove a tag",
    Act.BEGIN_ROLE: "Give a role",
    Act.END_ROLE: "End a role",
    Act.SUPPRESS: "Do not mail",
}


@dataclass(frozen=True)
class Bulk:
    """What is to be done: `value` is a tag's name, a role's slug, or why they are not mailed."""

    act: Act
    value: str

    @property
    def label(self) -> str:
        """As the list of bulk actions says it."""
        return f"{self.act.label}: {self.value}"[:200]


def do_to_many(
    session: Session,
    ids: Sequence[int],
    bulk: Bulk,
    *,
    now: datetime,
    actor: str,
    actor_id: int | None = None,
) -> ChangeSet:
    """Do one thing to the people `ids`; whoever is so already is left alone.

    Raises Refusal for an empty value, UnknownRole for a role we lack.
    """
    bulk = Bulk(bulk.act, one_line(bulk.value, 60 if "tag" in bulk.act else 300))
    if not bulk.value:
        raise Refusal("Say which tag or role, or why they are not to be mailed.")
    batch = ChangeSet(
        kind=ChangeKind.BULK, label=bulk.label, actor=actor, actor_id=actor_id, created_at=now
    )
    session.add(batch)
    session.flush()  # changes name their set
    done = sum(_do(session, part, bulk, batch) for part in _chunks(ids))
    batch.summary = {"counts": {"changed": done, "unchanged": len(ids) - done}}
    return batch


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _do(session: Session, ids: Sequence[int], bulk: Bulk, batch: ChangeSet) -> int:
    if bulk.act is Act.ADD_TAG:
        return add_tag(session, ids, bulk.value, batch)
    if bulk.act is Act.REMOVE_TAG:
        return remove_tag(session, ids, bulk.value, batch)
    if bulk.act is Act.SUPPRESS:
        return _suppress(session, ids, bulk.value, batch)
    role = roles_named(session, [bulk.value])[0]
    if bulk.act is Act.BEGIN_ROLE:
        return _begin_role(session, ids, role, batch)
    return _end_role(session, ids, role, batch)


def add_tag(session: Session, ids: Sequence[int], name: str, batch: ChangeSet) -> int:
    """Tag people who are not tagged so; returns how many."""
    tag = tags_named(session, [name])[0]
    session.flush()  # a new tag needs its id
    have = set(session.scalars(_tagged(ids, tag)))
    lacking = [id_ for id_ in ids if id_ not in have]
    _insert(session, StakeholderTag, [{"stakeholder_id": i, "tag_id": tag.id} for i in lacking])
    return _note(session, batch, lacking, after={"tags": [tag.name]})


def remove_tag(session: Session, ids: Sequence[int], name: str, batch: ChangeSet) -> int:
    """Take a tag from people who have it; returns how many."""
    tag = session.scalars(select(Tag).where(Tag.name == name)).first()
    if tag is None:
        return 0
    have = list(session.scalars(_tagged(ids, tag)))
    theirs = (StakeholderTag.tag_id == tag.id, StakeholderTag.stakeholder_id.in_(have))
    session.execute(delete(StakeholderTag).where(*theirs))
    return _note(session, batch, have, before={"tags": [tag.name]})


def _tagged(ids: Sequence[int], tag: Tag) -> Select[int]:
    return select(StakeholderTag.stakeholder_id).where(
        StakeholderTag.tag_id == tag.id, StakeholderTag.stakeholder_id.in_(ids)
    )


def _holders(
    session: Session, ids: Sequence[int], role: Role, now: datetime
) -> dict[int, datetime | None]:
    """Return until when each of `ids` who holds the role does, as far as it is known."""
    query = select(StakeholderRole.stakeholder_id, StakeholderRole.until).where(
        StakeholderRole.role_id == role.id,
        StakeholderRole.stakeholder_id.in_(ids),
        holds_now(now),
    )
    return dict(session.execute(query).all())


def _begin_role(session: Session, ids: Sequence[int], role: Role, batch: ChangeSet) -> int:
    have = _holders(session, ids, role, batch.created_at)
    lacking = [id_ for id_ in ids if id_ not in have]
    at = batch.created_at
    rows = [{"stakeholder_id": i, "role_id": role.id, "since": at} for i in lacking]
    _insert(session, StakeholderRole, rows)
    mark(session.connection(), Stakeholder.id.in_(lacking), now=at)
    return _note(session, batch, lacking, after={"roles": [role.id]})


def _end_role(session: Session, ids: Sequence[int], role: Role, batch: ChangeSet) -> int:
    have = _holders(session, ids, role, batch.created_at)
    session.execute(
        update(StakeholderRole)
        .where(
            StakeholderRole.role_id == role.id,
            StakeholderRole.stakeholder_id.in_(have),
            holds_now(batch.created_at),
        )
        .values(until=batch.created_at)
    )
    mark(session.connection(), Stakeholder.id.in_(have), now=batch.created_at)
    levels = end_levels(session, list(have), now=batch.created_at) if role.is_public else {}
    # An undo must know of each until when the role would have been held, and the level it gave.
    alike: dict[tuple[datetime | None, Tier | None], list[int]] = {}
    for id_, until in have.items():
        alike.setdefault((until, levels.get(id_)), []).append(id_)
    for (until, tier), holders in alike.items():
        before: dict[str, object] = {"roles": [role.id]}
        before |= {"until": until.isoformat()} if until else {}
        before |= {"tier": tier.value} if tier else {}
        _note(session, batch, holders, before=before, after={"tier": None} if tier else None)
    return len(have)


def _suppress(session: Session, ids: Sequence[int], reason: str, batch: ChangeSet) -> int:
    """Put addresses on the do-not-mail list that are not on it, and stop their letters at once."""
    on_it = select(Suppression.fingerprint).where(Suppression.released_at.is_(None))
    found = session.execute(
        select(Stakeholder.id, Stakeholder.fingerprint)
        .where(Stakeholder.id.in_(ids), Stakeholder.fingerprint.is_not(None))
        .where(Stakeholder.fingerprint.not_in(on_it))
    ).all()
    at, evidence = batch.created_at, f"{reason} {evidence_of(batch.id)}"[-400:]
    line = {"reason": SuppressionReason.BY_HAND, "evidence": evidence, "actor": batch.actor}
    lines = [{**line, "fingerprint": row.fingerprint, "since": at} for row in found]
    stop = {"purpose": Purpose.NEWSLETTER, "at": at}
    _insert(session, Suppression, lines)
    _insert(session, Stop, [{**stop, "stakeholder_id": row.id} for row in found])
    return _note(session, batch, [row.id for row in found], after={"suppressed": True})


def _note(
    session: Session,
    batch: ChangeSet,
    ids: Sequence[int],
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> int:
    line = {"change_set_id": batch.id, "object_type": "stakeholder"}
    values = {**line, "before": before or {}, "after": after or {}}
    _insert(session, Change, [{**values, "object_id": id_} for id_ in ids])
    return len(ids)


def _insert(session: Session, model: type[object], rows: Iterable[dict[str, object]]) -> None:
    values = list(rows)
    if values:
        session.execute(insert(model), values)
