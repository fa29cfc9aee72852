"""On which basis people of a file may get letters: their lines of the consent ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from outreach.stakeholders.importing.bulk import RememberedIds, insert_rows, moment, table_of
from outreach.stakeholders.importing.plan import Fate, Step
from outreach.stakeholders.models import Basis, Consent, ConsentEntry, ConsentState, Purpose

_ENTRY = (
    "stakeholder_id",
    "list_id",
    "purpose",
    "state",
    "basis",
    "wording_version",
    "wording_language",
    "source",
    "requested_at",
    "confirmed_at",
    "actor",
    "change_set_id",
    "recorded_at",
)


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
    head = (order.list_id, Purpose.NEWSLETTER.value, ConsentState.ACTIVE.value, order.basis.value)
    tail = (order.actor, order.change_set_id, at)
    entries = [
        (step.person_id, *head, "", "", order.source, *_proof(connection, step, order, at), *tail)
        for step in steps
    ]
    insert_rows(connection, table_of(ConsentEntry), _ENTRY, entries)
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
    insert_rows(
        connection,
        table_of(Consent),
        ("stakeholder_id", "list_id", "purpose", "state", "basis", "since"),
        [(step.person_id, *head, at) for step in steps],
    )


def _proof(connection: Connection, step: Step, order: Order, at: Any) -> tuple[Any, Any]:
    """Return when they asked and confirmed: as the file says, else with the import."""
    said = (step.draft.signed_up_at, step.draft.confirmed_at)
    if said == (None, None):
        return at, at
    asked, confirmed = (moment(connection, min(one, order.now)) if one else None for one in said)
    return asked or confirmed or at, confirmed or at
