"""`outreach report` gives what partners would see, cell by cell, whatever the format."""

import csv
import io
import json
from pathlib import Path

from flask import Flask
from python_calamine import CalamineWorkbook

from tests.cli.conftest import Run
from tests.dashboards.factories import sent_mailing
from tests.factories import Factory


def test_all_formats_hold_the_same_protected_cells(
    app: Flask, make: Factory, run: Run, tmp_path: Path
) -> None:
    project_id = make.project()
    sent_mailing(make, project_id)
    slug = f"smarturbi-{project_id}"
    book = tmp_path / "report.xlsx"

    told = json.loads(run("report", slug, "--format", "json").stdout)
    sheet = run("report", slug, "--format", "csv").stdout
    run("report", slug, "--format", "xlsx", "-o", book)

    rows = [row for row in csv.reader(io.StringIO(sheet)) if row]
    by_role = [[str(cell) for cell in row] for row in told["by_role"]]
    assert all(row in rows for row in by_role)
    assert any("hidden" in row for row in by_role)
    cells = CalamineWorkbook.from_path(str(book)).get_sheet_by_name("By role").to_python()
    assert [[_plain(cell) for cell in row] for row in cells[1:]] == by_role


def test_what_cannot_be_printed_or_found_is_said(make: Factory, run: Run) -> None:
    slug = f"smarturbi-{make.project()}"

    book, missing = run("report", slug, "--format", "xlsx"), run("report", "no-such-project")

    assert book.exit_code != 0
    assert "-o FILE.xlsx" in str(book.exception)
    assert missing.exit_code != 0


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell)
