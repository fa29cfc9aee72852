"""Who may be one person under two addresses; what staff said are two people is not asked again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from outreach.core.errors import NotFound
from outreach.stakeholders.models import Stakeholder, TwoPeople

OFFERED = 300
"""Pairs that are looked at; who has decided about these is shown the next."""
SHOWN = 100
MOST_NAMESAKES = 10
"""More people of one name are a function ("press office"), not a person."""


@dataclass
class Namesakes:
    """People of one name of whom some may be one person."""

    people: list[Stakeholder]
    pairs: list[tuple[Stakeholder, Stakeholder]] = field(default_factory=list)
    """Each of them but the first, after the one to compare it with."""


def suggestions(session: Session) -> list[Namesakes]:
    """Return people of one name who work in one place, or where one says no place, by name.

    A pair that staff said are two people is left out.
    """
    one, other = aliased(Stakeholder), aliased(Stakeholder)
    rows = session.execute(
        select(one, other)
        .join(other, and_(other.sort_name == one.sort_name, other.id > one.id))
        .where(
            one.sort_name.in_(_names_of_several()),
            _is_somebody(one),
            _is_somebody(other),
            or_(
                one.organisation_id == other.organisation_id,
                one.organisation_id.is_(None),
                other.organisation_id.is_(None),
            ),
            ~exists().where(TwoPeople.one_id == one.id, TwoPeople.other_id == other.id),
        )
        .order_by(one.sort_name, one.id, other.id)
        .limit(OFFERED)
        .options(joinedload(one.organisation), joinedload(other.organisation))
    )
    found: dict[str, Namesakes] = {}
    for first, second in rows:
        group = found.setdefault(first.sort_name, Namesakes([first]))
        if second not in group.people:
            group.people += [person for person in (first, second) if person not in group.people]
            group.pairs.append((first, second))
    return list(found.values())


def _names_of_several() -> ColumnElement[str]:
    return (
        select(Stakeholder.sort_name)
        .where(
            Stakeholder.name != "",
            Stakeholder.erased_at.is_(None),
            Stakeholder.merged_into_id.is_(None),
        )
        .group_by(Stakeholder.sort_name)
        .having(func.count().between(2, MOST_NAMESAKES))
        .scalar_subquery()
    )


def _is_somebody(person: type[Stakeholder]) -> ColumnElement[bool]:
    return and_(person.name != "", person.erased_at.is_(None), person.merged_into_id.is_(None))


def say_two_people(
    session: Session, one_id: int, other_id: int, *, actor: str, now: datetime
) -> TwoPeople:
    """Keep that two records are two people; said a second time it is the first word that stays.

    Raises NotFound for somebody who is not there, or one and the same.
    """
    low, high = sorted((one_id, other_id))
    present = select(func.count()).where(
        Stakeholder.id.in_((low, high)), Stakeholder.erased_at.is_(None)
    )
    if session.scalar(present) != 2:
        raise NotFound("One of the two is not there any more.")
    said = session.scalars(
        select(TwoPeople).where(TwoPeople.one_id == low, TwoPeople.other_id == high)
    ).first()
    if said is None:
        said = TwoPeople(one_id=low, other_id=high, actor=actor[:200], said_at=now)
        session.add(said)
    return said


def said_two_people(session: Session) -> Sequence[TwoPeople]:
    """Return what staff said last of records that looked alike, the newest first."""
    return session.scalars(
        select(TwoPeople)
        .order_by(TwoPeople.id.desc())
        .limit(SHOWN)
        .options(joinedload(TwoPeople.one), joinedload(TwoPeople.other))
    ).all()
