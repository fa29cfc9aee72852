"""Tags as a whole: rename, join, delete; what many people lose by it can be taken back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.errors import Refusal
from outreach.stakeholders.bulk import CHUNK, add_tag
from outreach.stakeholders.bulk import remove_tag as take_from
from outreach.stakeholders.models import StakeholderTag, Tag
from outreach.stakeholders.texts import one_line

SHOWN = 50
"""So many names help whoever mistyped one."""


def tag_named(session: Session, name: str) -> Tag:
    """Return the tag with this name; raises Refusal with those known."""
    found = session.scalars(select(Tag).where(Tag.name == one_line(name, 60))).first()
    if found is None:
        names = session.scalars(select(Tag.name).order_by(Tag.name).limit(SHOWN))
        known = ", ".join(names) or "none yet"
        raise Refusal(f"There is no tag {name!r}.", f"There are: {known}.")
    return found


def rename_tag(session: Session, tag: Tag, name: str, *, actor: str, now: datetime) -> bool:
    """Give a tag another name; returns whether it was joined with one of that name.

    Raises Refusal for an empty name.
    """
    name = one_line(name, 60)
    if not name:
        raise Refusal("A tag needs a name.")
    other = session.scalars(select(Tag).where(Tag.name == name, Tag.id != tag.id)).first()
    if other is None:
        tag.name = name
        return False
    _take_from_all(session, tag, f"Joined the tag “{tag.name}” with “{name}”", actor, now, name)
    return True


def delete_tag(session: Session, tag: Tag, *, actor: str, now: datetime) -> None:
    """Take a tag from everybody, and delete it."""
    _take_from_all(session, tag, f"Deleted the tag “{tag.name}”", actor, now)


def _take_from_all(
    session: Session, tag: Tag, label: str, actor: str, now: datetime, instead: str = ""
) -> None:
    batch = ChangeSet(kind=ChangeKind.BULK, label=label[:200], actor=actor, created_at=now)
    session.add(batch)
    session.flush()  # changes name their set
    ids = session.scalars(
        select(StakeholderTag.stakeholder_id).where(StakeholderTag.tag_id == tag.id)
    ).all()
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        take_from(session, part, tag.name, batch)
        if instead:
            add_tag(session, part, instead, batch)
    batch.summary = {"counts": {"changed": len(ids)}}
    session.delete(tag)
