"""On which basis people of a file may get letters: their lines of the consent ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from outreach.stakeholders.importing.bulk import (
    RememberedIds,
    insert_alike,
    insert_rows,
    moment,
    table_of,
)
from outreach.stakeholders.importing.plan import Fate, Step
from outreach.stakeholders.models import Basis, Consent, ConsentEntry, ConsentState, Purpose


@dataclass(frozen=True)
class Order:
    """What holds for every row of the file."""

    list_id: int | None
    basis: Basis
    source: str
    actor: str
    change_set_id: int
    now: datetime
    ids: RememberedIds = field(default_factory=RememberedIds)


def grant(connection: Connection, steps: Sequence[Step], order: Order, at: Any) -> None:
    """Add a line to the ledger for each, and bring what stands beside it in step."""
    head = {
        "list_id": order.list_id,
        "purpose": Purpose.NEWSLETTER,
        "state": ConsentState.ACTIVE,
        "basis": order.basis,
    }
    _prove(connection, steps, head, order, at)
    # Whoever is granted anew had no line or one of unknown basis: a fresh row is right for both.
    upgraded = [step.person_id for step in steps if step.fate is Fate.UPDATED]
    if upgraded:
        table = table_of(Consent)
        connection.execute(
            table.delete().where(
                table.c.stakeholder_id.in_(upgraded),
                table.c.list_id == order.list_id,
                table.c.purpose == Purpose.NEWSLETTER,
            )
        )
    ids = [id_ for step in steps if (id_ := step.person_id)]
    same = {**head, "since": order.now}
    insert_alike(connection, table_of(Consent), "stakeholder_id", ids, same)


def _prove(
    connection: Connection, steps: Sequence[Step], head: dict[str, Any], order: Order, at: Any
) -> None:
    """Add the lines: alike but for those of whom the file says when they asked or confirmed."""
    same = {
        **head,
        "wording_version": "",
        "wording_language": "",
        "source": order.source,
        "requested_at": order.now,
        "confirmed_at": order.now,
        "actor": order.actor,
        "change_set_id": order.change_set_id,
        "recorded_at": order.now,
    }
    dated = [step for step in steps if step.draft.signed_up_at or step.draft.confirmed_at]
    own = {id(step) for step in dated}
    alike = [step.person_id for step in steps if step.person_id and id(step) not in own]
    insert_alike(connection, table_of(ConsentEntry), "stakeholder_id", alike, same)
    columns = ("stakeholder_id", *same)
    plain = {name: getattr(value, "value", value) for name, value in same.items()}
    rows = []
    for step in dated:
        asked, confirmed = _proof(connection, step, order, at)
        dates = {"requested_at": asked, "confirmed_at": confirmed, "recorded_at": at}
        rows.append((step.person_id, *{**plain, **dates}.values()))
    insert_rows(connection, table_of(ConsentEntry), columns, rows)


def _proof(connection: Connection, step: Step, order: Order, at: Any) -> tuple[Any, Any]:
    """Return when they asked and confirmed: as the file says, else with the import."""
    said = (step.draft.signed_up_at, step.draft.confirmed_at)
    asked, confirmed = (moment(connection, min(one, order.now)) if one else None for one in said)
    return asked or confirmed or at, confirmed or at
