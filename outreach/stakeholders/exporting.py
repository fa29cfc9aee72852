"""Exporting people: chosen columns as a table that is safe to open, or vCards; both can come back
by an import.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from outreach.core.extras import late
from outreach.projects.models import List
from outreach.stakeholders.cards import as_cards
from outreach.stakeholders.filtering import PeopleFilter, conditions
from outreach.stakeholders.models import (
    Consent,
    ConsentState,
    Purpose,
    Stakeholder,
    StakeholderRole,
)
from outreach.stakeholders.status import Status, status

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = late("xlsxwriter")


class Format(StrEnum):
    """What people are exported as; the value is how the file's name ends."""

    CSV = "csv"
    XLSX = "xlsx"
    CARDS = "vcf"


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def _held(person: Stakeholder, now: datetime) -> str:
    return "; ".join(sorted(held.role.slug for held in person.roles_at(now)))


_CELLS: dict[str, Callable[[Stakeholder, datetime], str]] = {
    "email": lambda person, _now: person.email or "",
    "name": lambda person, _now: person.name,
    "first name": lambda person, _now: person.given_name,
    "roles": _held,
    "level": lambda person, _now: person.tier or "",
    "organisation": lambda person, _now: person.organisation.name if person.organisation else "",
    "position": lambda person, _now: person.job_title,
    "country": lambda person, _now: person.country or "",
    "language": lambda person, _now: person.language,
    "topics": lambda person, _now: "; ".join(topic.name.pick() for topic in person.topics),
    "tags": lambda person, _now: "; ".join(tag.name for tag in person.tags),
    "source": lambda person, _now: person.source,
}
COLUMNS = (*_CELLS, "status", "lists left")
_BETWEEN = "; "


def chosen_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Return the columns with these names, in our order; none or only unknown ones mean all."""
    wanted = set(names)
    return tuple(column for column in COLUMNS if column in wanted) or COLUMNS


def without_unmailed(wanted: PeopleFilter) -> PeopleFilter:
    """Leave out everybody who gets no letters, unless the filter asks for a status itself."""
    return wanted if wanted.statuses else wanted.with_choice("statuses", (Status.GETS,))


def defused(cell: str) -> str:
    """Return a cell no spreadsheet takes for a formula; our import removes the mark again."""
    if cell.lstrip(" ")[:1] in _FORMULA_STARTS or _looks_marked(cell):
        return f"'{cell}"
    return cell


def _looks_marked(cell: str) -> bool:
    """Whether a text begins like our mark: it would lose its first character on the way back."""
    return cell[:1] == "'" and cell.lstrip("'")[:1] in _FORMULA_STARTS


def people(
    session: Session, wanted: PeopleFilter, *, now: datetime
) -> Iterator[tuple[Stakeholder, Status, str]]:
    """Give the people of a filter by name, a thousand at a time, with the lists they left."""
    query = (
        select(Stakeholder, status(), _lists_left())
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
    for person, word, left in session.execute(query):
        yield person, Status(word), _BETWEEN.join(sorted(left.split(_BETWEEN))) if left else ""


def _lists_left() -> ColumnElement[str | None]:
    """Return the lists that `Stakeholder` left, so that an import takes none for all of them."""
    left = (
        select(func.aggregate_strings(List.slug, _BETWEEN))
        .join(Consent, Consent.list_id == List.id)
        .where(
            Consent.stakeholder_id == Stakeholder.id,
            Consent.purpose == Purpose.NEWSLETTER,
            Consent.state == ConsentState.WITHDRAWN,
        )
        .correlate(Stakeholder)
    )
    return left.scalar_subquery()


def people_rows(
    session: Session,
    wanted: PeopleFilter,
    *,
    now: datetime,
    columns: Sequence[str] = COLUMNS,
) -> Iterator[tuple[str, ...]]:
    """Give the people of a filter as rows of `columns`."""
    for person, word, left in people(session, wanted, now=now):
        told = {"status": word.label, "lists left": left}
        yield tuple(_CELLS[name](person, now) if name in _CELLS else told[name] for name in columns)


def as_csv(rows: Iterable[Sequence[str]], columns: Sequence[str] = COLUMNS) -> Iterator[bytes]:
    """Give a CSV file (UTF-8 with BOM, which spreadsheets expect) in pieces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff".encode()
    writer.writerow(columns)
    for row in rows:
        writer.writerow(map(defused, row))
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_xlsx(
    rows: Iterable[Sequence[str]], target: BinaryIO, columns: Sequence[str] = COLUMNS
) -> None:
    """Write an XLSX file whose cells are all text: none is ever a formula or a link."""
    options = {"in_memory": False, "constant_memory": True}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("Stakeholders")
        for number, row in enumerate((tuple(columns), *rows)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)


def pieces_of(
    session: Session,
    wanted: PeopleFilter,
    kind: Format,
    *,
    now: datetime,
    columns: Sequence[str] = COLUMNS,
) -> Iterator[bytes]:
    """Give the people of a filter as CSV or vCards (whose fields are their own) in pieces.

    A workbook cannot be given in pieces: `write_people` writes one.
    """
    if kind is Format.CARDS:
        return as_cards(person for person, *_ in people(session, wanted, now=now))
    return as_csv(people_rows(session, wanted, now=now, columns=columns), columns)


def write_people(
    session: Session,
    wanted: PeopleFilter,
    kind: Format,
    target: BinaryIO,
    *,
    now: datetime,
    columns: Sequence[str] = COLUMNS,
) -> None:
    """Write the people of a filter to a file opened for bytes, in any of the formats."""
    if kind is Format.XLSX:
        rows = people_rows(session, wanted, now=now, columns=columns)
        write_xlsx(rows, target, columns)
        return
    for piece in pieces_of(session, wanted, kind, now=now, columns=columns):
        target.write(piece)
