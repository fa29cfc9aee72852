"""From an upload and what was said about it to a batch that can be previewed and run."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

from sqlalchemy.orm import Session

from outreach.core.errors import Refusal
from outreach.stakeholders.countries import country_of
from outreach.stakeholders.importing.mapping import OPT_OUTS, ColumnMap, Field, guess
from outreach.stakeholders.importing.memory import recall
from outreach.stakeholders.importing.reading import Format, Unreadable, recognise
from outreach.stakeholders.importing.reports import Batch
from outreach.stakeholders.importing.unpacking import (
    SHEET_COLUMN,
    Section,
    Sheet,
    is_packed,
    join,
    unpack,
)
from outreach.stakeholders.importing.values import Words
from outreach.stakeholders.importing.waiting import Waiting, WaitingRoom
from outreach.stakeholders.models import Basis
from outreach.stakeholders.roles import all_roles, plain_word, role_words


def prepare(session: Session, room: WaitingRoom, waiting: Waiting) -> Waiting:
    """Make a table of whatever was uploaded, and recall how such columns were understood before.

    Raises Unreadable for what is no list of people.
    """
    if is_packed(room.file(waiting)):
        parts = room.parts(waiting)
        parts.mkdir(mode=0o700)
        sheets = unpack(room.file(waiting), parts)
        waiting = room.change(
            waiting,
            sheets=tuple((sheet.name, sheet.rows) for sheet in sheets),
            hidden=tuple(place for place, sheet in enumerate(sheets) if sheet.is_hidden),
        )
        waiting = take_sheets(room, waiting, _with_people(sheets))
    table = recognise(room.file(waiting))
    waiting = room.change(waiting, rows=table.rows)
    memory = recall(session, table.header)
    if memory:
        fields = _with_opt_outs(table.header, memory.fields)
        return room.change(waiting, fields=fields, words=memory.words)
    if waiting.sheets:
        return room.change(waiting, fields=_with_sheet_names(session, waiting, table))
    return waiting


def _with_opt_outs(header: Sequence[str], remembered: Sequence[str]) -> tuple[str, ...]:
    """Return the remembered fields, save that a column of opt-outs is left out anew each time."""
    known = zip(guess(header), remembered, strict=True)
    return tuple(
        said or (field.value if field and field in OPT_OUTS else "") for field, said in known
    )


def _with_people(sheets: Sequence[Sheet]) -> list[int]:
    """Return the places of the sheets that have a column of addresses; else of all with rows.

    Beside the sheets of people there often is one of notes, whose columns are no people's; and
    what is hidden was put aside by somebody, so it waits to be chosen.
    """
    shown = set(_shown(sheets))
    filled = [place for place, sheet in enumerate(sheets) if sheet.rows and sheet in shown]
    return [place for place in filled if _has_addresses(sheets[place].path)] or filled


def _shown(sheets: Sequence[Sheet]) -> Sequence[Sheet]:
    """Return the sheets that are not hidden; all where nothing else holds anything."""
    return [sheet for sheet in sheets if not sheet.is_hidden] or sheets


def _has_addresses(path: Path) -> bool:
    try:
        return Field.EMAIL in guess(recognise(path).header)
    except Unreadable:
        return False


def take_sheets(room: WaitingRoom, waiting: Waiting, places: Iterable[int]) -> Waiting:
    """Join the chosen sheets of a workbook to the table that is imported."""
    chosen = tuple(places) or tuple(range(len(waiting.sheets)))
    files = sorted(room.parts(waiting).glob("*.csv"), key=lambda path: int(path.stem))
    sheets = [Sheet(*waiting.sheets[place], files[place]) for place in chosen]
    sections = join(sheets, room.file(waiting))
    return room.change(
        waiting, chosen=chosen, sections=tuple(astuple(section) for section in sections)
    )


def take_other_sheets(room: WaitingRoom, waiting: Waiting, places: Iterable[int]) -> Waiting:
    """Join other sheets; what was said of a column goes on for the column of that name."""
    fields = fields_of(waiting, before := recognise(room.file(waiting)))
    said = dict(zip(before.header, fields, strict=True))
    waiting = take_sheets(room, waiting, places)
    table = recognise(room.file(waiting))
    guessed = zip(table.header, guess(table.header), strict=True)
    kept = (said.get(name, field) for name, field in guessed)
    chosen = tuple(field.value if field else "" for field in kept)
    return room.change(waiting, rows=table.rows, fields=chosen)


def _with_sheet_names(session: Session, waiting: Waiting, table: Format) -> tuple[str, ...]:
    fields = [field.value if field else "" for field in guess(table.header)]
    names = [waiting.sheets[place][0] for place in waiting.chosen]
    if table.header[-1] == SHEET_COLUMN and are_roles(session, names):
        fields[-1] = Field.ROLES.value
    return tuple(fields)


def are_roles(session: Session, names: Iterable[str]) -> bool:
    """Say whether every sheet is named by a role: then its people hold it."""
    known = role_words(all_roles(session))
    return all(plain_word(name) in known for name in names)


def meanings(session: Session, said: Iterable[str]) -> Words:
    """Return what words mean by lines like "wizard=policy-maker" or "Flanders=BE"; with nothing
    after the sign the word is left out. Raises Refusal for what is neither role nor country.
    """
    roles = role_words(all_roles(session))
    words: dict[str, dict[str, str]] = {Field.ROLES: {}, Field.COUNTRY: {}}
    for line in said:
        word, _, meaning = (part.strip() for part in line.rpartition("="))
        role, country = roles.get(plain_word(meaning)), country_of(meaning)
        if not word or (meaning and not role and not country):
            slugs = ", ".join(dict.fromkeys(known.slug for known in roles.values()))
            raise Refusal(
                f"{line!r} does not say what a word means.",
                f"Write WORD=ROLE or WORD=COUNTRY; roles are {slugs}.",
            )
        if role or not meaning:
            words[Field.ROLES][plain_word(word)] = role.slug if role else ""
        if country or not meaning:
            words[Field.COUNTRY][plain_word(word)] = country or ""
    return words


def as_table(path: Path, folder: Path, wanted: Sequence[str] = ()) -> tuple[Path, list[Section]]:
    """Return a file as a table, and where its sheets begin; a table stays where it is.

    `wanted` names sheets of a workbook; none means all that are not hidden. Raises
    Refusal for a sheet it lacks.
    """
    if not is_packed(path):
        return path, []
    sheets = unpack(path, folder)
    names = [sheet.name for sheet in sheets]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise Refusal(f"There is no sheet {missing[0]!r}.", f"There are: {', '.join(names)}.")
    target = folder / "table.csv"
    kept = [sheet for sheet in sheets if sheet.name in wanted] if wanted else _shown(sheets)
    return target, join(kept, target)


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
        every_tag=waiting.every_tag,
        words=waiting.words,
        origin=waiting.origin,
        sections=tuple(Section(*section) for section in waiting.sections),
        label=f"Import of {waiting.filename}",
    )


def fields_of(waiting: Waiting, table: Format) -> tuple[Field | None, ...]:
    """Return the field of each column: as chosen by hand, else as the header says."""
    if waiting.fields is None or len(waiting.fields) != len(table.header):
        return guess(table.header)
    return tuple(Field(name) if name else None for name in waiting.fields)
