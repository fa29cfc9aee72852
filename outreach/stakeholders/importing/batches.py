"""From an upload and what was said about it to a batch that can be previewed and run."""

from pathlib import Path

from outreach.stakeholders.importing.mapping import ColumnMap, Field, guess
from outreach.stakeholders.importing.reading import Format, recognise
from outreach.stakeholders.importing.running import Batch
from outreach.stakeholders.importing.waiting import Waiting
from outreach.stakeholders.models import Basis


def batch_of(waiting: Waiting, path: Path) -> Batch:
    """Return the batch for an upload at `path`; raises Refusal for a file or columns that are not
    fit to be imported.
    """
    table = recognise(path)
    return Batch(
        path=path,
        table=table,
        columns=ColumnMap(fields_of(waiting, table)),
        basis=Basis(waiting.basis),
        source=waiting.source,
        list_id=waiting.list_id,
        every_role=waiting.every_role,
        label=f"Import of {waiting.filename}",
    )


def fields_of(waiting: Waiting, table: Format) -> tuple[Field | None, ...]:
    """Return the field of each column: as chosen by hand, else as the header says."""
    if waiting.fields is None:
        return guess(table.header)
    return tuple(Field(name) if name else None for name in waiting.fields)
