"""Judging an audience: everybody selected, with what is true of them now, in a scratch table.

One statement reads all people, so that recipients, token groups and sizes rest on the same facts.
It is most of the work of a fan-out, and it locks nobody out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    Table,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    select,
    true,
)

from outreach.core.config import TrackingMode
from outreach.delivery.arms import FIRST, draw_arms
from outreach.delivery.grouping import Cell
from outreach.delivery.local import wave_of
from outreach.delivery.scratch import scratch_tables
from outreach.delivery.waves import Part
from outreach.mailings.audience import Audience, judged
from outreach.mailings.audience import Judged as AudienceJudged
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.headcount import mark_of
from outreach.mailings.local_times import local_dues
from outreach.mailings.models import Mailing, MailingRevision
from outreach.mailings.variants import variant_key
from outreach.stakeholders.eligibility import (
    measures_individually,
    reporting_role,
    role_ids_json,
)
from outreach.stakeholders.models import Stakeholder, Tier

DIMENSIONS = ("role_id", "tier", "country", "language", "variant", "arm")
"""What is alike in letters counted together."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """What a fan-out made, or had made before."""

    recipients: int
    withheld: int


@dataclass(frozen=True, slots=True)
class KeyedCell:
    """People counted alike, and the key that `cell_key` gives each of them."""

    key: str
    cell: Cell
    is_personal: bool
    size: int


@dataclass(frozen=True)
class Judged:
    """Everybody of an audience, judged into temporary tables of one connection."""

    people: Table
    groups_of: Table
    cells: list[KeyedCell]
    made: FanOut
    waves: list[Part]
    """The parts that leave at moments of their own; none where all leave at once."""

    @property
    def by_role(self) -> Mapping[int | None, int]:
        """How many get a letter, by reporting role."""
        found = Counter[int | None]()
        for one in self.cells:
            found[one.cell.role_id] += one.size
        return found

    def marks(self, connection: Connection, mailing: Mailing, every: int) -> frozenset[int]:
        """Return the marks of those who get a letter, of one person in `every`."""
        mark = mark_of(self.people.c.id, mailing)
        marked = select(mark).where(self.people.c.reason.is_(None), mark % every == 0)
        return frozenset(connection.scalars(marked))

    def drop(self, connection: Connection) -> None:
        """Take the tables away again."""
        for scratch in (self.people, self.groups_of):
            scratch.drop(connection)


def judge(
    connection: Connection, mailing_id: int, *, tracking: TrackingMode, now: datetime
) -> Judged:
    """Judge everybody selected: most of the work of a fan-out, and it locks nobody out."""
    people, groups_of = scratch_tables(connection)
    letter, moments = _judge_everybody(connection, people, mailing_id, tracking, now)
    if letter is not None and letter.test is not None:
        draw_arms(connection, people, letter, letter.test)
    cells, waves = _count_cells(connection, people), _count_waves(connection, people, moments)
    return Judged(people, groups_of, cells, _count(connection, people), waves)


def _judge_everybody(
    connection: Connection, people: Table, mailing_id: int, tracking: TrackingMode, now: datetime
) -> tuple[FrozenLetter | None, Sequence[datetime]]:
    mailing = connection.execute(
        select(
            Mailing.list_id,
            Mailing.audience,
            Mailing.is_local_time,
            Mailing.due_local,
            Mailing.due_zone,
            MailingRevision.letter,
        )
        .outerjoin(MailingRevision, MailingRevision.id == Mailing.revision_id)
        .where(Mailing.id == mailing_id)
    ).one()
    letter = FrozenLetter.model_validate(mailing.letter) if mailing.letter else None
    dues = local_dues(mailing.due_local, mailing.due_zone) if mailing.is_local_time else ()
    wave, moments = wave_of(dues, now)
    audience = Audience.model_validate(mailing.audience)
    chosen = judged(connection, audience, mailing.list_id, now)
    is_personal = _is_personal(tracking, mailing.list_id)
    rows = _facts(chosen, letter, wave=wave, is_personal=is_personal, now=now)
    connection.execute(insert(people).from_select(list(people.c), rows))
    return letter, moments


def _facts(
    chosen: AudienceJudged,
    letter: FrozenLetter | None,
    *,
    wave: ColumnElement[int],
    is_personal: ColumnElement[bool],
    now: datetime,
) -> Select[*tuple[Any, ...]]:
    """Select everybody chosen, with what is true of them now, in the order of the scratch table."""
    found = (
        select(
            Stakeholder.id,
            chosen.reason.label("reason"),
            role_ids_json(now).label("roles"),
            Stakeholder.tier,
            Stakeholder.country,
            Stakeholder.language,
            wave.label("wave"),
            is_personal.label("is_personal"),
        )
        .where(*chosen.conditions)
        .cte("found")
        .prefix_with("MATERIALIZED")  # else PostgreSQL reads the roles at each mention of them
        .c
    )
    role_id = _first_by_precedence(found.roles, found.id, now)
    return select(
        found.id,
        found.reason,
        found.roles,
        role_id.label("role_id"),
        found.tier,
        found.country,
        found.language,
        _variant(letter, role_id, found.language).label("variant"),
        literal("", String).label("arm"),
        found.wave,
        found.is_personal,
    )


def _first_by_precedence(
    roles: ColumnElement[Any], person: ColumnElement[int], now: datetime
) -> ColumnElement[int | None]:
    """Return the reporting role; most people hold one, and need no second look-up for it."""
    only = (roles[1].as_string().is_(None), roles[0].as_integer())
    return case(only, else_=reporting_role(now, person=person))


def _variant(
    letter: FrozenLetter | None,
    role_id: ColumnElement[int | None],
    language: ColumnElement[str],
) -> ColumnElement[str]:
    if letter is None:
        return literal("", String)
    return variant_key(letter, role_id, language)


def _is_personal(tracking: TrackingMode, list_id: int) -> ColumnElement[bool]:
    if tracking is TrackingMode.INDIVIDUAL:
        return true()
    if tracking is TrackingMode.OFF:
        return false()
    return measures_individually(list_id)


def cell_key(people: Table) -> ColumnElement[str]:
    """Return what is the same for two people exactly when they are counted alike.

    Written out of the stored facts: to number the cells by a window instead means to sort everybody
    by all of them, and has SQLite look for each person's roles and consent twice.
    """
    columns = [people.c[name] for name in ("is_personal", *DIMENSIONS)]
    first, *others = (func.coalesce(cast(column, String), _NOTHING) for column in columns)
    key: ColumnElement[str] = first
    for other in others:
        key = key + literal(_APART, String) + other
    return key


_NOTHING, _APART = "-", "\x1f"


def _count(connection: Connection, people: Table) -> FanOut:
    total, withheld = connection.execute(select(func.count(), func.count(people.c.reason))).one()
    return FanOut(total - withheld, withheld)


def _count_waves(connection: Connection, people: Table, moments: Sequence[datetime]) -> list[Part]:
    sizes = connection.execute(
        select(people.c.wave, func.count())
        .where(people.c.reason.is_(None))
        .group_by(people.c.wave)
        .order_by(people.c.wave)
    ).all()
    if all(wave == FIRST for wave, _ in sizes):
        return []
    # Whoever is in a wave beyond those with a moment waits for the end of a test.
    due = dict(enumerate(moments, start=FIRST))
    return [Part(size, due.get(wave)) for wave, size in sizes]


def _count_cells(connection: Connection, people: Table) -> list[KeyedCell]:
    key = cell_key(people).label("key")
    columns = [people.c[name] for name in ("is_personal", *DIMENSIONS)]
    rows = connection.execute(
        select(key, *columns, func.count().label("size"))
        .where(people.c.reason.is_(None))
        .group_by(*columns)  # which settle the key: it is written once a cell, not once a person
    )
    return [_keyed(row) for row in rows]


def _keyed(row: Row[*tuple[Any, ...]]) -> KeyedCell:
    tier = Tier(row.tier) if row.tier else None
    cell = Cell(row.role_id, tier, row.country, row.language, row.variant, row.arm)
    return KeyedCell(row.key, cell, row.is_personal, row.size)
