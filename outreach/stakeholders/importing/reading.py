"""Reading a table of text: any usual encoding and separator, bombs refused before they go off."""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

from outreach.core.errors import Refusal

LONGEST_LINE = 100_000
MOST_COLUMNS = 200
MOST_NUL = 20
"""So many NUL in its beginning are tricks or damage in a text, whose rows are refused one by one;
more of them, or other control characters beside, are a file of another kind."""
_TEXT_BYTES = bytes({*b"\t\n\f\r", *range(0x20, 0x7F), *range(0x80, 0x100)})
_LINES_AT_ONCE = 64
"""Looked at together, which is thrice as fast as one by one; of the longest, 6 MB."""
_AFTER_ALL = "\0"
"""A line that no file has (`_lines` gives none with NUL) follows the last one: where it lands in a
cell, a quote before it was never closed and everything since was read as one cell."""
_SEPARATORS = ",;\t"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel or ZIP file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
}


class Unreadable(Refusal):
    """A file is no table we can read; the message says what to do."""


class Line(NamedTuple):
    """One row of a table: `number` is its place in the file, counted from 1 as editors do."""

    number: int
    cells: list[str]
    has_nul: bool = False
    """Whether it held NUL, which no text holds: a space stands there now, and it is refused."""


@dataclass(frozen=True)
class Format:
    """How a table is written."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    skipped: int = 0
    """Lines before the header ("sep=;")."""
    rows: int = 0
    """How many rows below the header hold anything."""


def recognise(path: Path) -> Format:
    """Find out encoding, separator and header; raises Unreadable for what is no table.

    Reads the whole file once, so that what is wrong on its last line is said before anything is
    written: lines over 100,000 characters, more than 200 columns, an unclosed quote.
    """
    encoding = _encoding(path)
    with _opened(path, encoding) as file:
        first = next(_lines(file), "")
        skipped = 1 if first.lower().startswith("sep=") else 0
        header_line = next(_lines(file), "") if skipped else first
    separator = _separator(first, header_line)
    found = Format(encoding, separator, (), skipped)
    rows = _rows(path, found)
    first_row = next(rows, Line(0, []))
    header = tuple(cell.strip() for cell in first_row.cells)
    if first_row.has_nul:
        raise Unreadable("The first line holds bytes that are no text.", "Save it as CSV in UTF-8.")
    if not any(header):
        raise Unreadable("The file is empty.", "Its first line must name the columns.")
    count = sum(1 for _line in rows)
    return Format(encoding, separator, header, skipped, count)


def rows(path: Path, found: Format) -> Iterator[Line]:
    """Give the rows below the header; empty ones are left out."""
    lines = _rows(path, found)
    next(lines, None)
    return lines


def samples(path: Path, found: Format, *, most: int = 3) -> list[list[str]]:
    """Return for each column its first values that differ, of the first thousand rows."""
    values: list[dict[str, None]] = [{} for _ in found.header]
    for line in islice(rows(path, found), 1_000):
        for seen, cell in zip(values, line.cells, strict=False):
            if (text := cell.strip()[:60]) and len(seen) < most:
                seen[text] = None
    return [list(seen) for seen in values]


def _holds_anything(cells: list[str]) -> bool:
    # A loop, not any(): the first cell nearly always answers, a million times over.
    for cell in cells:  # noqa: SIM110
        if cell and not cell.isspace():
            return True
    return False


def _rows(path: Path, found: Format) -> Iterator[Line]:
    """Give the header as it is, and the rows below it that hold anything."""
    with _opened(path, found.encoding) as file:
        with_nul: list[int] = []
        lines = _lines(file, with_nul)
        for _ in range(found.skipped):
            next(lines, None)
        reader = csv.reader(chain(lines, [_AFTER_ALL]), delimiter=found.separator)
        last = 0
        try:
            is_header = True
            for cells in reader:
                if cells and cells[-1].endswith(_AFTER_ALL):
                    if cells != [_AFTER_ALL]:
                        raise csv.Error
                    break
                last = reader.line_num
                if len(cells) > MOST_COLUMNS:
                    raise Unreadable(
                        f"Line {reader.line_num + found.skipped} has {len(cells):,} columns; "
                        f"{MOST_COLUMNS} is the most.",
                        "Check the separator, or delete columns that are not needed.",
                    )
                number = reader.line_num + found.skipped
                if with_nul and with_nul[0] <= number:
                    with_nul[:] = [line for line in with_nul if line > number]
                    yield Line(number, cells, has_nul=True)
                elif is_header or _holds_anything(cells):
                    yield Line(number, cells)
                is_header = False
        except csv.Error as error:
            raise Unreadable(
                f"Line {last + 1 + found.skipped} cannot be read: a quote is not closed, "
                "or a cell is too long.",
                "Open the file in a spreadsheet and save it as CSV again.",
            ) from error


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[IO[str]]:
    # cp1252 leaves five bytes undefined: a question mark there is better than no import.
    errors = "replace" if encoding == "cp1252" else "strict"
    try:
        with path.open(encoding=encoding, errors=errors, newline="") as file:
            yield file
    except UnicodeError as error:
        raise Unreadable(
            "The file's characters cannot be read.", "Save it as CSV in UTF-8."
        ) from error


def _lines(file: IO[str], with_nul: list[int] | None = None) -> Iterator[str]:
    """Give the lines; the numbers of those that held NUL are added to `with_nul`, in time."""
    return chain.from_iterable(_some_lines(file, [] if with_nul is None else with_nul))


def _some_lines(file: IO[str], with_nul: list[int]) -> Iterator[list[str]]:
    read = iter(partial(file.readline, LONGEST_LINE + 1), "")
    done = 0
    while lines := list(islice(read, _LINES_AT_ONCE)):
        lengths = list(map(len, lines))
        if max(lengths) > LONGEST_LINE:
            number = done + 1 + lengths.index(LONGEST_LINE + 1)
            raise Unreadable(
                f"Line {number:,} is longer than {LONGEST_LINE:,} characters.",
                "This is no list of people: check that each person stands on a line of their own.",
            )
        if "\0" in "".join(lines):
            held = [place for place, line in enumerate(lines) if "\0" in line]
            with_nul += [done + 1 + place for place in held]
            lines = [line.replace("\0", " ") for line in lines]
        done += len(lines)
        yield lines


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(65_536)
    for start, kind in _NOT_TEXT.items():
        if head.startswith(start):
            raise Unreadable(
                f"This is {kind}, not a list of people.",
                "Open it in a spreadsheet and save it as CSV.",
            )
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if b"\0" in (start := head[:4_096]):
        if encoding := _utf16_without_bom(start):
            return encoding
        if len(start.translate(None, _TEXT_BYTES)) > start.count(0) or start.count(0) > MOST_NUL:
            raise Unreadable("This is not a text file.", "Save it as CSV in UTF-8.")
    return "utf-8" if _is_utf8(path) else "cp1252"


def _utf16_without_bom(head: bytes) -> str:
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if max(odd, even) * 4 < len(head) or min(odd, even) > MOST_NUL:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _separator(first: str, header_line: str) -> str:
    if first is not header_line and first.strip()[4:5] in _SEPARATORS and first.strip()[4:5]:
        return first.strip()[4:5]
    outside_quotes = "".join(header_line.split('"')[::2])
    return max(_SEPARATORS, key=outside_quotes.count)
