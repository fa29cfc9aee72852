"""Turns a workbook or a file of vCards into CSV, in a process of its own.

    python table_probe.py workbook FILE FOLDER      python table_probe.py cards FILE FOLDER

Run by path and not as a module of the package: a parser for hostile files gets little memory,
little time and nothing of ours to reach. It writes FOLDER/0.csv, 1.csv, … and prints their names
and rows as JSON, or one word: "damaged", "password", "bomb", "cards".
"""

import csv
import datetime
import json
import re
import resource
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import python_calamine
import vobject  # type: ignore[import-untyped]  # ships no types

MEMORY = 300 * 1024 * 1024
SECONDS = 8
MOST_UNPACKED = 400 * 1024 * 1024
"""An honest sheet of 300,000 people unpacks to about 100 MB; a bomb to thousands."""
MOST_ENTRIES = 10_000
MOST_SHEETS = 50
MOST_COLUMNS = 200
LONGEST_CELL = 20_000
LONGEST_CARD = 2_000_000
"""Characters: a card may hold a portrait; what is longer is no card of one person."""
MOST_LINES, LONGEST_TOLD = 200, 20_000
"""Of a card, what is read of it: the library takes 17 µs for a line, and more for a long one."""
MOST_CARDS = 30_000
"""An honest one takes 160 µs: five seconds for all."""
CARD_SECONDS = 6
CARD_COLUMNS = (
    "Email",
    "Name",
    "First name",
    "Last name",
    "Organisation",
    "Position",
    "Country",
    "Language",
    "Tags",
)
_BEGIN = re.compile(r"^BEGIN:VCARD\s*$", re.MULTILINE | re.I)
_UNREAD = re.compile(
    r"(?:[\w-]+\.)?"
    r"(?!(?:BEGIN|END|VERSION|FN|N|EMAIL|ORG|TITLE|ADR|LANG|CATEGORIES)[;:])"
    r"[\w-]+(?:;[^:]*)?:",
    re.I,
)
"""Where a line of a card begins that holds nothing we read; what is no line of a card is not left
out, and the library refuses it."""
_END = re.compile(r"^END:VCARD\s*\Z", re.MULTILINE | re.I)
_NAME = re.compile(r"^(?:FN|EMAIL)[^:\n]*:(.*)$", re.MULTILINE | re.I)


def main(kind: str, path: str, folder: str) -> None:
    """Print what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unpack = workbook if kind == "workbook" else cards
    sys.stdout.write(unpack(Path(path), Path(folder)))


def workbook(path: Path, folder: Path) -> str:
    """Write each sheet of a workbook that holds anything; rows stay at their numbers."""
    if is_bomb(path):
        return "bomb"
    try:
        return json.dumps(_sheets(path, folder))
    except python_calamine.PasswordError:
        return "password"
    except (python_calamine.CalamineError, OSError, ValueError):
        return "damaged"


def is_bomb(path: Path) -> bool:
    """Say whether the archive promises to unpack to more than a list of people needs."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError):
        return False
    return len(entries) > MOST_ENTRIES or sum(e.file_size for e in entries) > MOST_UNPACKED


def _sheets(path: Path, folder: Path) -> list[dict[str, Any]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    found = []
    for number, about in enumerate(book.sheets_metadata[:MOST_SHEETS]):
        sheet = book.get_sheet_by_name(about.name)
        if sheet.total_width > MOST_COLUMNS * 100:
            raise ValueError(f"{sheet.total_width} columns")
        path = folder / f"{number}.csv"
        if rows := write(path, sheet.iter_rows()):
            is_hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
            sheet_told = {"name": about.name, "rows": rows, "file": path.name}
            found.append({**sheet_told, "is_hidden": is_hidden})
        else:
            path.unlink()  # the files stand for the sheets that are offered, in their order
    return found


def write(path: Path, rows: Iterable[list[Any]]) -> int:
    """Write rows as UTF-8 CSV, each on one line; returns how many hold anything."""
    filled = 0
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        writer = csv.writer(file)
        for row in rows:
            cells = [as_text(cell) for cell in row[: MOST_COLUMNS + 1]]
            filled += any(cells)
            writer.writerow(cells if any(cells) else [])
    return filled


def as_text(cell: Any) -> str:
    """Return a cell as a person would type it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return " ".join(str(cell).replace("\0", " ").split())[:LONGEST_CELL]


class TooMuch(Exception):
    """So many cards, or such ones, that reading them takes too long."""


def cards(path: Path, folder: Path) -> str:
    """Write one row per card; a card nobody can read gives a row that will be refused."""
    text = _decoded(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    if "END:VCARD" not in text.upper():
        return "damaged"
    if next(islice(_BEGIN.finditer(text), MOST_CARDS, None), None):
        return "cards"
    try:
        filled = write(folder / "0.csv", chain([list(CARD_COLUMNS)], card_rows(text)))
    except TooMuch:
        return "cards"
    if filled < 2:
        return "damaged"
    return json.dumps([{"name": "", "rows": filled, "file": "0.csv", "is_hidden": False}])


def card_rows(text: str) -> Iterator[list[str]]:
    """Give the cards of a text as rows of `CARD_COLUMNS`; raises TooMuch."""
    for card in cards_in(text):
        yield card_row(card)
        if time.process_time() > CARD_SECONDS:
            raise TooMuch


def cards_in(text: str) -> Iterator[str]:
    """Give the cards of a text; one that was cut off ends where the next begins, or the text."""
    card: list[str] = []
    for line in text.split("\n"):
        word = line[:20].strip().upper()
        if word == "BEGIN:VCARD" and card:
            yield "\n".join(card)
            card = []
        if card or word == "BEGIN:VCARD":
            card.append(line)
        if word == "END:VCARD" and card:
            yield "\n".join(card)
            card = []
    if card:
        yield "\n".join(card)


def _decoded(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def card_row(text: str) -> list[str]:
    """Return a card as a row of `CARD_COLUMNS`."""
    try:
        if len(text) > LONGEST_CARD or not _END.search(text[-40:]):
            raise ValueError("too long, or cut off: what it says last may be half a word")
        card = vobject.readOne(told_of(text), allowQP=True)
        return _row_of(card.contents)
    except Exception:  # noqa: BLE001 - vobject raises whatever its regular expressions meet
        name = _NAME.search(text[:LONGEST_CELL])
        return ["", name.group(1).strip() if name else "a card that cannot be read"]


def told_of(card: str) -> str:
    """Return a card without what we do not read of it: portraits, notes, a hundred thousand lines.

    Raises ValueError for more than one person needs.
    """
    lines = list(islice(_told_lines(card), MOST_LINES + 1))
    if len(lines) > MOST_LINES or sum(map(len, lines)) > LONGEST_TOLD:
        raise ValueError("more than a card of one person says")
    return "\n".join(lines)


def _told_lines(card: str) -> Iterator[str]:
    is_told = is_quoted = goes_on = False
    for line in card.split("\n"):
        # A line goes on with one that begins with a space (RFC 6350 §3.2), and in vCard 2.1, where
        # it is quoted-printable, after an equals sign.
        if not goes_on and line[:1] not in {" ", "\t"}:
            is_told = not _UNREAD.match(line)
            is_quoted = "QUOTED-PRINTABLE" in line.upper()
        goes_on = is_quoted and line.endswith("=")
        if is_told:
            yield line


def _row_of(said: dict[str, list[Any]]) -> list[str]:
    name = _first(said, "n")
    return [
        _preferred(said.get("email", [])),
        _line(_first(said, "fn")),
        _line(getattr(name, "given", "")),
        _line(getattr(name, "family", "")),
        _line(_first(said, "org")[:1]),
        _line(_first(said, "title")),
        _line(getattr(_first(said, "adr"), "country", "")),
        _line(_first(said, "lang")),
        "; ".join(_line(part) for found in said.get("categories", []) for part in found.value),
    ]


def _preferred(addresses: list[Any]) -> str:
    def rank(found: Any) -> int:
        kinds = [kind.lower() for kind in found.params.get("TYPE", [])]
        return 0 if "pref" in kinds or "PREF" in found.params else 1

    ordered = sorted(addresses, key=rank)
    value = str(ordered[0].value) if ordered else ""
    return value.removeprefix("mailto:").strip()


def _first(said: dict[str, list[Any]], name: str) -> Any:
    found = said.get(name)
    return found[0].value if found else ""


def _line(value: Any) -> str:
    parts = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(str(part) for part in parts if part)


if __name__ == "__main__":
    main(*sys.argv[1:4])
