"""What nobody needs once its people are gone: organisations known by nothing but their name, and
tags and topics that came with an import which is taken back.

Whatever somebody touches at this moment is left: a row that another transaction holds counts as
used.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeSet
from outreach.projects.models import Organisation, Partner
from outreach.stakeholders.models import (
    SavedView,
    Segment,
    SignUpLink,
    Stakeholder,
    StakeholderTag,
    StakeholderTopic,
    Tag,
    Topic,
)
from outreach.stakeholders.segments.rules import Rule

NEWEST = "newest_before"
"""In the summary of an import: the highest ids before it began; what it made has higher ones."""
_KEYS = {"organisation": Organisation.id, "tag": Tag.id, "topic": Topic.id}


@dataclass(frozen=True)
class Belongings:
    """Ids of what people belong to or carry."""

    organisations: Collection[int] = ()
    tags: Collection[int] = ()
    topics: Collection[int] = ()


@dataclass(frozen=True)
class Forgotten:
    """How much was deleted."""

    organisations: int = 0
    tags: int = 0
    topics: int = 0


def newest_ids(connection: Connection) -> dict[str, int]:
    """Return the highest ids of what an import may make besides people."""
    return {name: connection.scalar(select(func.max(key))) or 0 for name, key in _KEYS.items()}


def belongings_of(session: Session, ids: Collection[int]) -> Belongings:
    """Return what the people with these ids belong to or carry."""
    tags = select(StakeholderTag.tag_id).where(StakeholderTag.stakeholder_id.in_(ids))
    topics = select(StakeholderTopic.topic_id).where(StakeholderTopic.stakeholder_id.in_(ids))
    employers = select(Organisation.id).where(
        Organisation.id == Stakeholder.organisation_id, Stakeholder.id.in_(ids)
    )
    found = (session.scalars(query.distinct()).all() for query in (employers, tags, topics))
    return Belongings(*found)


def forget_employers(session: Session, ids: Collection[int]) -> int:
    """Delete those organisations nobody works at and nobody said anything of but their name.

    People type them themselves, and one who works alone is named by it. Returns how many.
    """
    named_only = select(Organisation.id).where(
        Organisation.id.in_(ids),
        Organisation.website == "",
        Organisation.kind.is_(None),
        Organisation.ror_id.is_(None),
        Organisation.country.is_(None),
    )
    free = _held_by_us(session, named_only)
    works = select(Stakeholder.id).where(Stakeholder.organisation_id == Organisation.id)
    takes_part = select(Partner.project_id).where(Partner.organisation_id == Organisation.id)
    return _delete(session, Organisation, free, works, takes_part)


def forget_belongings(session: Session, found: Belongings, batch: ChangeSet) -> Forgotten:
    """Delete what an import made of `found` and nobody uses; older imports did not note it.

    A topic of a mistaken file would go on being offered to everybody who signs up.
    """
    newest: Mapping[str, int] | None = batch.summary.get(NEWEST)
    if newest is None:
        return Forgotten()
    employers = _made_by(session, "organisation", found.organisations, newest, batch)
    tags = _made_by(session, "tag", found.tags, newest, batch)
    topics = _made_by(session, "topic", found.topics, newest, batch)
    return Forgotten(
        forget_employers(session, employers) if employers else 0,
        _forget_tags(session, tags) if tags else 0,
        _forget_topics(session, topics) if topics else 0,
    )


def _made_by(
    session: Session, name: str, ids: Collection[int], newest: Mapping[str, int], batch: ChangeSet
) -> set[int]:
    """Leave what was there before the batch, and what staff changed by hand since."""
    young = {id_ for id_ in ids if id_ > newest[name]}
    changed = select(Change.object_id).where(
        Change.object_type == name, Change.object_id.in_(young), Change.change_set_id > batch.id
    )
    return young - set(session.scalars(changed)) if young else young


def _forget_tags(session: Session, ids: set[int]) -> int:
    carried = select(StakeholderTag.tag_id).where(StakeholderTag.tag_id == Tag.id)
    free = _held_by_us(session, select(Tag.id).where(Tag.id.in_(ids - _asked_for(session, "tag"))))
    return _delete(session, Tag, free, carried)


def _forget_topics(session: Session, ids: set[int]) -> int:
    wished = select(StakeholderTopic.topic_id).where(StakeholderTopic.topic_id == Topic.id)
    preset = select(SignUpLink.id).where(SignUpLink.topic_id == Topic.id)
    ids = ids - _asked_for(session, "topic")
    free = _held_by_us(session, select(Topic.id).where(Topic.id.in_(ids)))
    return _delete(session, Topic, free, wished, preset)


def _asked_for(session: Session, kind: str) -> set[int]:
    """Return the ids that saved segments and views name: a later row may get the number of one
    that is gone, and they would ask for it.
    """
    return {int(word) for word in _words(session, kind) if word.isdecimal()}


def _words(session: Session, kind: str) -> Iterator[str]:
    for said in session.scalars(select(Segment.rule)):
        for condition in Rule.model_validate(said).conditions:
            yield from condition.values if condition.kind == kind else ()
    for parameters in session.scalars(select(SavedView.parameters)):
        yield from map(str, parameters.get(kind, ()))


def _held_by_us(session: Session, wanted: Select[int]) -> Collection[int]:
    """Return the rows nobody else is using now, and let nobody use them until the transaction
    ends. (SQLite has one writer anyway.)
    """
    return session.scalars(wanted.with_for_update(skip_locked=True)).all()


def _delete(session: Session, model: type[Any], ids: Collection[int], *uses: Select[int]) -> int:
    """Delete the rows that none of `uses` finds; returns how many."""
    unused = (~exists(use.correlate(model)) for use in uses)
    statement = delete(model).where(model.id.in_(ids), *unused).returning(model.id)
    return len(session.scalars(statement.execution_options(synchronize_session=False)).all())
