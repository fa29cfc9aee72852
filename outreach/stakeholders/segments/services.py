"""Saving, finding and archiving segments."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from outreach.core.errors import Conflict, NotFound, Refusal
from outreach.stakeholders.models import Segment
from outreach.stakeholders.segments.kinds import kinds
from outreach.stakeholders.segments.rules import Rule
from outreach.stakeholders.segments.verdicts import is_complete
from outreach.stakeholders.texts import one_line


def save_segment(
    session: Session,
    segment_id: int | None,
    *,
    name: str,
    description: str,
    rule: Rule,
    actor: str,
    now: datetime,
) -> Segment:
    """Save a segment, a new one without an id.

    Raises Refusal for a rule that asks nothing or is incomplete, Conflict for a name that is taken.
    """
    name = one_line(name, 120)
    refuse_incomplete(name, rule)
    taken = select(Segment.id).where(func.lower(Segment.name) == name.lower())
    if session.scalar(taken.where(Segment.id != (segment_id or 0))):
        raise Conflict(f"There is a segment “{name}” already.", "Give this one another name.")
    segment = segment_of(session, segment_id) if segment_id else Segment(created_at=now)
    segment.name, segment.description = name, one_line(description, 400)
    segment.rule = rule.model_dump(mode="json")
    segment.actor, segment.updated_at = actor, now
    session.add(segment)
    session.flush()  # the caller leads to its page
    return segment


def refuse_incomplete(name: str, rule: Rule) -> None:
    """Raise Refusal for what cannot be saved."""
    if not name:
        raise Refusal("The segment needs a name.", "For example “City councils in Belgium”.")
    if rule.is_empty:
        raise Refusal("Nothing is asked for yet.", "Add a condition.")
    known = kinds()
    for asked in rule.conditions:
        kind = known.get(asked.kind)
        if kind is None:
            raise Refusal(f"There is no condition {asked.kind!r}.", "Remove it.")
        if not is_complete(asked, kind):
            raise Refusal(f"“{kind.label}” has no choice yet.", "Choose one, or remove it.")
        if asked.since and asked.until and asked.until < asked.since:
            raise Refusal(
                f"The period of “{kind.label}” ends before it begins.",
                "Write the earlier day first.",
            )


def segment_of(session: Session, segment_id: int) -> Segment:
    """Return a segment, also an archived one; raises NotFound."""
    found = session.get(Segment, segment_id)
    if found is None:
        raise NotFound("There is no such segment.")
    return found


def segment_named(session: Session, name: str) -> Segment:
    """Return the segment with this name, whatever its capitals; raises Refusal with those known."""
    found = session.scalars(
        select(Segment).where(func.lower(Segment.name) == name.strip().lower())
    ).first()
    if found is None:
        known = ", ".join(segment.name for segment in segments_in_use(session)) or "none yet"
        raise Refusal(f"There is no segment {name!r}.", f"There are: {known}.")
    return found


def segments_in_use(session: Session) -> Sequence[Segment]:
    """Return the segments that are not archived, by name."""
    query = select(Segment).where(Segment.archived_at.is_(None)).order_by(func.lower(Segment.name))
    return session.scalars(query).all()


def rule_of(segment: Segment) -> Rule:
    """Return a segment's rule; one that cannot be read any more asks for nothing: nobody."""
    try:
        return Rule.model_validate(segment.rule)
    except ValidationError:
        return Rule()


def rules_of(connection: Session | Connection, segment_ids: Iterable[int]) -> list[Rule]:
    """Return the rules of segments by id; one that is gone selects nobody."""
    ids = list(segment_ids)
    if not ids:
        return []
    query = select(Segment.rule).where(Segment.id.in_(ids))
    return [Rule.model_validate(rule) for (rule,) in connection.execute(query)]
