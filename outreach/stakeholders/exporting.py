"""Exporting people as a table that is safe to open in a spreadsheet and can be imported again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from outreach.stakeholders.listing import PeopleFilter, conditions
from outreach.stakeholders.models import Stakeholder, StakeholderRole
from outreach.stakeholders.status import Status, status

COLUMNS = (
    "email",
    "name",
    "first name",
    "roles",
    "level",
    "organisation",
    "position",
    "country",
    "language",
    "topics",
    "tags",
    "source",
    "status",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: str) -> str:
    """Return a cell no spreadsheet takes for a formula; our import removes the mark again."""
    if cell.lstrip(" ")[:1] in _FORMULA_STARTS or _looks_marked(cell):
        return f"'{cell}"
    return cell


def _looks_marked(cell: str) -> bool:
    """Whether a text begins like our mark: it would lose its first character on the way back."""
    return cell[:1] == "'" and cell.lstrip("'")[:1] in _FORMULA_STARTS


def people_rows(
    session: Session, wanted: PeopleFilter, *, now: datetime
) -> Iterator[tuple[str, ...]]:
    """Give the people of a filter as rows of `COLUMNS`, by name, a thousand at a time."""
    query = (
        select(Stakeholder, status())
        .where(*conditions(wanted, now))
        .order_by(Stakeholder.sort_name, Stakeholder.id)
        .options(
            selectinload(Stakeholder.roles).joinedload(StakeholderRole.role),
            selectinload(Stakeholder.organisation),
            selectinload(Stakeholder.topics),
            selectinload(Stakeholder.tags),
        )
        .execution_options(yield_per=1_000)
    )
    for person, word in session.execute(query):
        yield _row(person, Status(word))


def _row(person: Stakeholder, word: Status) -> tuple[str, ...]:
    return (
        person.email or "",
        person.name,
        person.given_name,
        "; ".join(sorted(held.role.slug for held in person.roles if held.until is None)),
        person.tier or "",
        person.organisation.name if person.organisation else "",
        person.job_title,
        person.country or "",
        person.language,
        "; ".join(topic.name.pick() for topic in person.topics),
        "; ".join(tag.name for tag in person.tags),
        person.source,
        word.label,
    )


def as_csv(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Give a CSV file (UTF-8 with BOM, which spreadsheets expect) in pieces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff".encode()
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(map(defused, row))
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_xlsx(rows: Iterable[Sequence[str]], target: BinaryIO) -> None:
    """Write an XLSX file whose cells are all text: none is ever a formula or a link."""
    options = {"in_memory": False, "constant_memory": True}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("Stakeholders")
        for number, row in enumerate((COLUMNS, *rows)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
