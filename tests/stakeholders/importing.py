"""Runs an import as web and command line do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from outreach.core.db import db
from outreach.core.state import state
from outreach.stakeholders.importing.mapping import chosen
from outreach.stakeholders.importing.reading import recognise
from outreach.stakeholders.importing.reports import Batch, Report
from outreach.stakeholders.importing.running import preview, run
from outreach.stakeholders.models import Basis
from tests.stakeholders.factories import People


def bring_in(
    people: People,
    folder: Path,
    data: str | bytes,
    *,
    is_dry: bool = False,
    choices: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
    **values: Any,
) -> Report:
    """Import a file; needs an application context."""
    path = folder / "people.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    table = recognise(path)
    values = {"basis": Basis.CONSENT, "source": "Forum in Ghent", **values}
    batch = Batch(path=path, table=table, columns=chosen(table.header, choices), **values)
    session, ring = db.session(), state(people.app).ring
    if is_dry:
        return preview(session, db.engine, batch, ring=ring)
    refused = folder / "refused.csv"
    return run(
        session,
        db.engine,
        batch,
        ring=ring,
        now=people.now,
        actor="Ada",
        refused=refused,
        progress=progress,
    )
