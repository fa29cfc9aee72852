"""Fan-out: from a mailing's audience to one delivery per person, with what is true of them now.

Everybody selected is judged by one statement into a scratch table, so that recipients, token
groups and sizes rest on the same facts; a second statement writes the deliveries. All of it is one
transaction: a mailing is fanned out wholly or not at all, and only once.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, String, Table, case, func, insert, literal, select

from outreach.core.config import TrackingMode
from outreach.delivery.assessing import DIMENSIONS, FanOut, Judged, KeyedCell, cell_key, judge
from outreach.delivery.figures import recount
from outreach.delivery.grouping import Cell, Group, group_by_arm, personal
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, MailingKey, TokenGroup
from outreach.delivery.waves import lay_waves

__all__ = ["FanOut", "Judged", "fan_out", "judge"]
KEY_BYTES = 32


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


def _write_groups(
    connection: Connection,
    groups_of: Table,
    mailing_id: int,
    cells: list[KeyedCell],
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
        [{"cell": one.key, "group_no": places[one.is_personal, one.cell]} for one in cells],
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
        **{name: people.c[name] for name in ("reason", "roles", *DIMENSIONS)},
        "group_no": case((is_withheld, None), else_=groups_of.c.group_no),
        "is_personal": people.c.is_personal & ~is_withheld,
        "attempts": literal(0),
        "reply": literal(""),
    }
    source = people.outerjoin(groups_of, groups_of.c.cell == cell_key(people))
    rows = select(*values.values()).select_from(source)
    connection.execute(insert(Delivery).from_select(list(values), rows))
