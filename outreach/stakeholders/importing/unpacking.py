"""Workbooks and vCards become tables of text before anything else looks at them."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from outreach.stakeholders.importing.mapping import guess
from outreach.stakeholders.importing.reading import Unreadable

PROBE = Path(__file__).with_name("table_probe.py")
PROBE_SECONDS = 9
"""What takes longer is refused; with starting and ending the program it is ten at most."""
SHEET_COLUMN = "Sheet"
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_REFUSALS = {
    "password": (
        "This workbook asks for a password.",
        "Save it again without protection and choose that file.",
    ),
    "bomb": (
        "This workbook unpacks to far more than a list of people needs.",
        "Copy the people into a new workbook, or save the sheet as CSV.",
    ),
    "cards": (
        "There are more than 30,000 cards in this file, or cards that take too long to read.",
        "Save them in several files, or export the people as CSV.",
    ),
    "damaged": (
        "This file cannot be read: it is damaged, no workbook, or too large for one.",
        "Open it in a spreadsheet and save the sheet as CSV UTF-8.",
    ),
}


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, written as CSV; the one table of a file of vCards has no name."""

    name: str
    rows: int
    path: Path
    is_hidden: bool = False
    """Whether whoever opens the workbook does not see it."""


@dataclass(frozen=True)
class Section:
    """Where the rows of a sheet stand in the joined table."""

    first_line: int
    first_row: int
    name: str

    def place(self, line: int) -> str:
        """Name a line of the joined table as the workbook does; of vCards each is a card."""
        row = line - self.first_line + self.first_row
        return f"{self.name}, row {row}" if self.name else f"card {row - 1}"


def is_packed(path: Path) -> str:
    """Return "workbook" or "cards" for what has to be unpacked, else nothing."""
    with path.open("rb") as file:
        head = file.read(4_096)
    if head.startswith(_BOOKS):
        return "workbook"
    return "cards" if b"BEGIN:VCARD" in head.replace(b"\0", b"").upper() else ""


def unpack(path: Path, folder: Path) -> list[Sheet]:
    """Write the sheets of a workbook, or the cards of a file, as CSV into an empty `folder`.

    Raises Unreadable for what is damaged, protected, or a bomb: at most 10 s and 300 MB are spent.
    """
    kind = is_packed(path)
    try:
        answer = subprocess.run(  # noqa: S603 - our own script, and paths that we made
            [sys.executable, "-I", str(PROBE), kind, str(path), str(folder)],
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(*_REFUSALS["damaged"]) from None
    said = answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else "damaged"
    if not said.startswith("["):
        raise Unreadable(*_REFUSALS.get(said, _REFUSALS["damaged"]))
    sheets = [
        Sheet(s["name"], s["rows"], folder / s["file"], s["is_hidden"]) for s in json.loads(said)
    ]
    if not sheets:
        raise Unreadable("The workbook is empty.", "Its sheets must hold people, one per row.")
    return sheets


def join(sheets: Sequence[Sheet], target: Path) -> list[Section]:
    """Write chosen sheets as one table: all their columns, and the sheet's name in the last.

    What one sheet calls "E-mail" and the next one "Mail" is one column, named as the first has it.
    Raises Unreadable when a sheet has no header.
    """
    headers = [_header(sheet.path) for sheet in sheets]
    columns: list[str] = []
    for _, header in headers:
        _call_alike(header, columns)
        columns += [name for name in header if name not in columns]
    sections, line = [], 2
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        is_named = any(sheet.name for sheet in sheets)
        writer.writerow([*columns, SHEET_COLUMN] if is_named else columns)
        for sheet, (number, header) in zip(sheets, headers, strict=True):
            sections.append(Section(line, number + 1, sheet.name))
            for cells in _placed(sheet.path, number, header, columns):
                writer.writerow([*cells, sheet.name] if cells and is_named else cells)
                line += 1
    return sections


def _header(path: Path) -> tuple[int, list[str]]:
    """Return (line, names) of the first row that holds anything; names are made unique."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.reader(file), start=1):
            if any(cells):
                return number, list(_unique(cells))
    raise Unreadable("A sheet is empty.", "Leave it out.")


def _call_alike(header: list[str], columns: Sequence[str]) -> None:
    """Rename what a sheet calls otherwise than the sheets before it (`columns`) do."""
    known = {field: name for field, name in zip(guess(columns), columns, strict=True) if field}
    for place, field in enumerate(guess(header)):
        name = known.get(field) if field else None
        if name and name not in header:
            header[place] = name


def _unique(names: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for column, name in enumerate(names, start=1):
        own = name.strip() or f"Column {column}"
        while own in seen:
            own += " (again)"
        seen.add(own)
        yield own


def _placed(
    path: Path, header_line: int, header: Sequence[str], columns: Sequence[str]
) -> Iterator[list[str]]:
    places = [columns.index(name) for name in header]
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        for _ in range(header_line):
            next(reader)
        for cells in reader:
            row = [""] * len(columns)
            for place, cell in zip(places, chain(cells), strict=False):
                row[place] = cell
            yield row if any(row) else []
