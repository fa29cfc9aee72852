"""Tables as files: CSV and XLSX whose cells no spreadsheet takes for a formula (S10)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask import Response

from outreach.core.extras import late
from outreach.dashboards.requests import HEAD as REQUEST_HEAD
from outreach.dashboards.snapshots import (
    CHANNEL_HEAD,
    DOCUMENT_HEAD,
    ROLE_HEAD,
    VISITOR_HEAD,
    Tables,
)

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = late("xlsxwriter")

Row = Sequence[object]
Section = tuple[str, Sequence[str], Iterable[Row]]
"""A table's title, head and rows."""
TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """Return a cell that is shown and never computed; numbers stay numbers, None is empty."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value


def as_csv(sections: Iterable[Section]) -> str:
    """Return sections (title, head, rows) as one CSV text with CRLF line ends (RFC 4180)."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for number, (title, head, rows) in enumerate(sections):
        if number:
            writer.writerow([])
        writer.writerow([title])
        writer.writerow(head)
        writer.writerows([safe_cell(value) for value in row] for row in rows)
    return file.getvalue()


def as_xlsx(sections: Iterable[Section]) -> bytes:
    """Return sections as an XLSX workbook, one sheet each; no cell is a formula or a link."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        bold = workbook.add_format({"bold": True})
        for title, head, rows in sections:
            sheet = workbook.add_worksheet(title[:31])
            sheet.write_row(0, 0, head, bold)
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, [safe_cell(value) for value in row])
    return file.getvalue()


def sections_of(tables: Tables) -> list[Section]:
    """Return a snapshot's tables as sections; the screen shows these very cells."""
    return [
        ("Totals", ("Figure", "Count"), tables.totals),
        ("By role", ROLE_HEAD, tables.by_role),
        ("Documents", DOCUMENT_HEAD, tables.documents),
        ("By channel", CHANNEL_HEAD, tables.channels),
        ("Visitors without a letter", VISITOR_HEAD, tables.visitors),
        ("Requests", REQUEST_HEAD, tables.requests),
        ("Notes", ("Note",), [(note,) for note in tables.notes]),
    ]


def as_download(data: str | bytes, filename: str) -> Response:
    """Answer with a file to be saved; its kind is told by its name."""
    answer = Response(data, mimetype=TYPES[filename.rpartition(".")[2]])
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
