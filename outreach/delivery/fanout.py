"""Fan-out: from a mailing's audience to one delivery per person, with what is true of them now.

Everybody selected is judged by one statement into a scratch table, so that recipients, token
groups and sizes rest on the same facts; a second statement writes the deliveries. All of it is one
transaction: a mailing is fanned out wholly or not at all, and only once.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    Table,
    case,
    false,
    func,
    insert,
    literal,
    select,
    true,
)

from outreach.core.config import TrackingMode
from outreach.delivery.arms import FIRST, draw_arms
from outreach.delivery.figures import recount
from outreach.delivery.grouping import Cell, Group, group_by_arm, personal
from outreach.delivery.local import wave_of
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, MailingKey, TokenGroup
from outreach.delivery.scratch import scratch_tables
from outreach.delivery.waves import Part, lay_waves
from outreach.mailings.audience import Audience, judged
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.local_times import local_dues
from outreach.mailings.models import Mailing, MailingRevision
from outreach.mailings.variants import variant_key
from outreach.stakeholders.eligibility import (
    measures_individually,
    reporting_role,
    role_ids_json,
)
from outreach.stakeholders.models import Stakeholder, Tier

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class FanOut:
    """What a fan-out made, or had made before."""

    recipients: int
    withheld: int


@dataclass(frozen=True, slots=True)
class _NumberedCell:
    """People counted alike, and the number the scratch table gave them."""

    number: int
    cell: Cell
    is_personal: bool
    size: int


@dataclass(frozen=True)
class Judged:
    """Everybody of an audience, judged into temporary tables of one connection."""

    people: Table
    groups_of: Table
    cells: list[_NumberedCell]
    made: FanOut
    waves: list[Part]
    """The parts that leave at moments of their own; none where all leave at once."""

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


def fan_out(
    connection: Connection,
    mailing_id: int,
    *,
    tracking: TrackingMode,
    threshold: int,
    transport: str,
    now: datetime,
    already: Judged | None = None,
) -> FanOut:
    """Make the deliveries of a mailing: recipients are numbered 1..n by person, then the withheld.

    `threshold` is k, the least number of unmeasured people counted together. The caller holds the
    mailing's row; a mailing that was fanned out before is left as it is. Whoever leaves after
    `already` was read is withheld when the letters are laid out.
    """
    if before := _made_before(connection, mailing_id):
        return before
    own = already or judge(connection, mailing_id, tracking=tracking, now=now)
    made = own.made
    connection.execute(
        insert(Dispatch).values(
            mailing_id=mailing_id,
            fanned_out_at=now,
            recipients=made.recipients,
            withheld=made.withheld,
            transport=transport,
            tracking=tracking.value,
            threshold=threshold,
        )
    )
    _write_groups(connection, own.groups_of, mailing_id, own.cells, threshold, tracking)
    _write_deliveries(connection, own.people, own.groups_of, mailing_id)
    recount(connection, mailing_id)
    lay_waves(connection, mailing_id, own.waves)
    if tracking is TrackingMode.UNLINKED:
        key = secrets.token_bytes(KEY_BYTES)
        connection.execute(insert(MailingKey).values(mailing_id=mailing_id, key=key))
    if already is None:
        own.drop(connection)
    return made


def _made_before(connection: Connection, mailing_id: int) -> FanOut | None:
    found = connection.execute(
        select(Dispatch.recipients, Dispatch.withheld).where(Dispatch.mailing_id == mailing_id)
    ).one_or_none()
    return FanOut(*found) if found else None


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
    role_id = reporting_role(now)
    audience = Audience.model_validate(mailing.audience)
    chosen = judged(connection, audience, mailing.list_id, now)
    facts = (
        select(
            Stakeholder.id,
            chosen.reason.label("reason"),
            role_ids_json(now).label("roles"),
            role_id.label("role_id"),
            Stakeholder.tier,
            Stakeholder.country,
            Stakeholder.language,
            _variant(letter, role_id).label("variant"),
            literal("", String).label("arm"),
            wave.label("wave"),
            _is_personal(tracking, mailing.list_id).label("is_personal"),
        )
        .where(*chosen.conditions)
        .subquery()
    )
    dimensions = [facts.c[name] for name in ("is_personal", *_DIMENSIONS)]
    cell = func.dense_rank().over(order_by=dimensions)
    connection.execute(insert(people).from_select(list(people.c), select(*facts.c, cell)))
    return letter, moments


_DIMENSIONS = ("role_id", "tier", "country", "language", "variant", "arm")


def _variant(letter: FrozenLetter | None, role_id: ColumnElement[int | None]) -> ColumnElement[str]:
    if letter is None:
        return literal("", String)
    return variant_key(letter, role_id, Stakeholder.language)


def _is_personal(tracking: TrackingMode, list_id: int) -> ColumnElement[bool]:
    if tracking is TrackingMode.INDIVIDUAL:
        return true()
    if tracking is TrackingMode.OFF:
        return false()
    return measures_individually(list_id)


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


def _count_cells(connection: Connection, people: Table) -> list[_NumberedCell]:
    columns = [people.c[name] for name in ("cell", "is_personal", *_DIMENSIONS)]
    rows = connection.execute(
        select(*columns, func.count().label("size"))
        .where(people.c.reason.is_(None))
        .group_by(*columns)
    )
    return [_numbered(row) for row in rows]


def _numbered(row: Row[*tuple[Any, ...]]) -> _NumberedCell:
    tier = Tier(row.tier) if row.tier else None
    cell = Cell(row.role_id, tier, row.country, row.language, row.variant, row.arm)
    return _NumberedCell(row.cell, cell, row.is_personal, row.size)


def _write_groups(
    connection: Connection,
    groups_of: Table,
    mailing_id: int,
    cells: list[_NumberedCell],
    threshold: int,
    tracking: TrackingMode,
) -> None:
    unmeasured = {one.cell: one.size for one in cells if not one.is_personal}
    agreed = [(one.cell, one.size) for one in cells if one.is_personal]
    groups = [*group_by_arm(unmeasured, threshold), *personal(agreed)]
    if not groups:
        return
    is_off = tracking is TrackingMode.OFF
    rows = [_row(mailing_id, no, one, is_off=is_off) for no, one in enumerate(groups, start=1)]
    connection.execute(insert(TokenGroup), rows)
    places = dict(_places(groups))
    connection.execute(
        insert(groups_of),
        [{"cell": one.number, "group_no": places[one.is_personal, one.cell]} for one in cells],
    )


def _places(groups: list[Group]) -> Iterator[tuple[tuple[bool, Cell], int]]:
    for no, one in enumerate(groups, start=1):
        for cell in one.cells:
            yield (one.is_personal, cell), no


def _row(mailing_id: int, no: int, one: Group, *, is_off: bool) -> Mapping[str, object]:
    return {
        "mailing_id": mailing_id,
        "no": no,
        **{name: one.value(name) for name in Cell._fields},
        "folded": list(one.folded),
        "size": one.size,
        "is_personal": one.is_personal,
        "is_measured": one.is_measured and not is_off,
    }


def _write_deliveries(
    connection: Connection, people: Table, groups_of: Table, mailing_id: int
) -> None:
    is_withheld = people.c.reason.is_not(None)
    number = func.row_number().over(order_by=(is_withheld, people.c.wave, people.c.id))
    state = case(
        (is_withheld, literal(DeliveryState.WITHHELD.value, String)),
        else_=DeliveryState.QUEUED.value,
    )
    values = {
        "mailing_id": literal(mailing_id),
        "number": number,
        "stakeholder_id": people.c.id,
        "state": state,
        **{name: people.c[name] for name in ("reason", "roles", *_DIMENSIONS)},
        "group_no": case((is_withheld, None), else_=groups_of.c.group_no),
        "is_personal": people.c.is_personal & ~is_withheld,
        "attempts": literal(0),
        "reply": literal(""),
    }
    source = people.outerjoin(groups_of, groups_of.c.cell == people.c.cell)
    rows = select(*values.values()).select_from(source)
    connection.execute(insert(Delivery).from_select(list(values), rows))
