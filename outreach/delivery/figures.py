"""The roll-up of deliveries: whoever changes a letter's state moves it along, in one transaction.

Deliveries are written first and their figures last, in the order of their groups, so that senders
of one mailing wait for each other only as long as it takes to commit.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Update, bindparam, func, insert, select, update

from outreach.delivery.models import Delivery, DeliveryFigure, DeliveryState, TokenGroup

UNGROUPED = 0
COUNTED = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.IN_DOUBT,
    DeliveryState.BOUNCED,
    DeliveryState.WITHHELD,
    DeliveryState.CANCELLED,
)
"""States with a column of their name; letters in any other are still to be sent."""
COLUMNS = ("letters", *(state.value for state in COUNTED))
Moves = Counter[tuple[int | None, DeliveryState]]
"""How many letters of a group came into a state, or left it (negative)."""


@dataclass(frozen=True)
class Drift:
    """A figure that did not agree with its deliveries, and what it is now."""

    group_no: int
    column: str
    was: int
    is_now: int


def move(connection: Connection, mailing_id: int, moves: Moves) -> None:
    """Add what letters came into a state and left it; states that still wait are in no column."""
    rows: dict[int, dict[str, int]] = {}
    for (group_no, state), change in moves.items():
        if state in COUNTED and change:
            row = rows.setdefault(group_no or UNGROUPED, {})
            row[state.value] = row.get(state.value, 0) + change
    if rows:
        nothing = dict.fromkeys((state.value for state in COUNTED), 0)
        key = {"of_mailing": mailing_id}
        connection.execute(
            _ADDING, [{**key, "of_group": no, **nothing, **rows[no]} for no in sorted(rows)]
        )


def _adding() -> Update:
    table = DeliveryFigure.__table__
    return (
        update(table)  # type: ignore[arg-type]  # a Table, though typed as FromClause
        .where(
            table.c.mailing_id == bindparam("of_mailing"), table.c.group_no == bindparam("of_group")
        )
        .values({state.value: table.c[state.value] + bindparam(state.value) for state in COUNTED})
    )


_ADDING = _adding()


def recount(connection: Connection, mailing_id: int) -> list[Drift]:
    """Count a mailing's deliveries again and set its figures right; returns what differed."""
    stored = _stored(connection, mailing_id)
    missing = _groups(connection, mailing_id) - set(stored)
    if missing:
        rows = [{"mailing_id": mailing_id, "group_no": no} for no in sorted(missing)]
        connection.execute(insert(DeliveryFigure), rows)
    # The rows are held by now: who moves a letter at this moment adds to what is written here.
    right = _counted(connection, mailing_id)
    nothing = dict.fromkeys(COLUMNS, 0)
    drifts = []
    for group_no in sorted({*stored, *right}):
        was, now = stored.get(group_no, nothing), {**nothing, **right.get(group_no, {})}
        drifts += [Drift(group_no, c, was[c], now[c]) for c in COLUMNS if was[c] != now[c]]
        if was != now:
            _set(connection, mailing_id, group_no, now)
    return drifts


def _stored(connection: Connection, mailing_id: int) -> dict[int, dict[str, int]]:
    columns = [DeliveryFigure.__table__.c[name] for name in ("group_no", *COLUMNS)]
    rows = connection.execute(
        select(*columns)
        .where(DeliveryFigure.mailing_id == mailing_id)
        .order_by(DeliveryFigure.group_no)
        .with_for_update()
    )
    return {no: dict(zip(COLUMNS, counts, strict=True)) for no, *counts in rows}


def _groups(connection: Connection, mailing_id: int) -> set[int]:
    found = select(TokenGroup.no).where(TokenGroup.mailing_id == mailing_id)
    return {UNGROUPED, *connection.scalars(found)}


def _counted(connection: Connection, mailing_id: int) -> Mapping[int, dict[str, int]]:
    rows = connection.execute(
        select(Delivery.group_no, Delivery.state, func.count())
        .where(Delivery.mailing_id == mailing_id)
        .group_by(Delivery.group_no, Delivery.state)
    )
    found: dict[int, dict[str, int]] = {}
    for group_no, state, number in rows:
        row = found.setdefault(group_no or UNGROUPED, {"letters": 0})
        row["letters"] += number
        if state in COUNTED:
            row[state.value] = number
    return found


def _set(connection: Connection, mailing_id: int, group_no: int, now: Mapping[str, int]) -> None:
    connection.execute(
        update(DeliveryFigure)
        .where(DeliveryFigure.mailing_id == mailing_id, DeliveryFigure.group_no == group_no)
        .values(**now)
    )
