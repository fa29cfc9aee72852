"""`outreach stakeholder`: bring people in from a file, and take them out again."""

import json
import shlex
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.orm import Session

from outreach import create_app
from outreach.cli.files import refuse_unwritable, writing
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.stakeholders.countries import country_of
from outreach.stakeholders.exporting import (
    COLUMNS,
    Format,
    chosen_columns,
    without_unmailed,
    write_people,
)
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.importing.batches import are_roles, as_table, meanings
from outreach.stakeholders.importing.mapping import Field, chosen
from outreach.stakeholders.importing.plan import in_words
from outreach.stakeholders.importing.reading import recognise
from outreach.stakeholders.importing.reports import Batch, Remark, Report
from outreach.stakeholders.importing.running import list_for, preview, run
from outreach.stakeholders.importing.unpacking import SHEET_COLUMN
from outreach.stakeholders.models import Basis, Tier
from outreach.stakeholders.roles import roles_named
from outreach.stakeholders.segments.services import rule_of, segment_named
from outreach.stakeholders.segments.verdicts import members
from outreach.stakeholders.tags import tag_named

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)

_NO_LIST = (
    "There is no list yet: the people are kept, but none of them can be mailed. Add a list under "
    "Settings, then import the file again."
)


@click.group("stakeholder")
def stakeholder_group() -> None:
    """Stakeholders: the people you write to."""


@stakeholder_group.command("import")
@click.argument("file", type=EXISTING)
@click.option("--basis", required=True, type=click.Choice([basis.value for basis in Basis]))
@click.option("--source", required=True, help="Where these people come from.")
@click.option("--list", "list_slug", default="", help="The list they may get (its slug).")
@click.option("--role", default="", help="A role all of them have (its slug).")
@click.option("--tag", default="", help="A tag for all of them.")
@click.option("--sheet", "sheets", multiple=True, help="A sheet (else all not hidden).")
@click.option("--map", "choices", multiple=True, metavar="COL=FIELD", help="What a column holds.")
@click.option("--means", multiple=True, metavar="WORD=ROLE", help="What a role or country means.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_command(file: Path, *, dry_run: bool, as_json: bool, **said: Any) -> None:
    """Import people from FILE: CSV, a workbook or vCards; refused rows go to FILE.refused.csv."""
    if not dry_run:
        refuse_unwritable(_refused_file(file))
    app = create_app()
    with app.app_context(), tempfile.TemporaryDirectory() as folder:
        batch = _batch(file, Path(folder), **said)
        report = _import(app, batch, _refused_file(file), dry_run=dry_run)
    _print(report, file, dry_run=dry_run, as_json=as_json)
    if batch.list_id is None:
        click.echo(_NO_LIST, err=True)


def _batch(
    file: Path,
    folder: Path,
    *,
    basis: str,
    source: str,
    list_slug: str,
    role: str,
    tag: str,
    sheets: tuple[str, ...],
    choices: tuple[str, ...],
    means: tuple[str, ...],
) -> Batch:
    path, sections = as_table(file, folder, sheets)
    table = recognise(path)
    if sections and are_roles(db.session(), (section.name for section in sections)):
        choices = (f"{SHEET_COLUMN}={Field.ROLES}", *choices)
    return Batch(
        path=path,
        table=table,
        columns=chosen(table.header, choices),
        basis=Basis(basis),
        source=source,
        list_id=list_for(db.session(), list_slug),
        every_role=role,
        every_tag=tag,
        words=meanings(db.session(), means),
        sections=tuple(sections),
        label=f"Import of {file.name}",
    )


def _import(app: Flask, batch: Batch, refused: Path, *, dry_run: bool) -> Report:
    ring = state(app).ring
    if dry_run:
        return preview(db.session(), db.engine, batch, ring=ring)
    report = run(
        db.session(), db.engine, batch, ring=ring, now=now(), actor="command line", refused=refused
    )
    if not report.counts["refused"]:
        refused.unlink(missing_ok=True)
    return report


def _refused_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.refused.csv")


def _print(report: Report, file: Path, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**report.as_json(), "dry_run": dry_run}, ensure_ascii=False))
        return
    click.echo(f"{'Would be: ' if dry_run else ''}{in_words(report.counts)}")
    for remark in report.refused:
        click.echo(f"  {_place(remark)}: {remark.email}: {remark.reason}")
    for remark in report.notes:
        click.echo(f"  {_place(remark)}: {remark.email}: taken over, but {remark.reason}")
    if (hidden := report.counts["refused"] - len(report.refused)) > 0:
        click.echo(f"  … and {hidden:,} more refused rows")
    if (hidden := report.noted - len(report.notes)) > 0:
        click.echo(f"  … and {hidden:,} more taken over with a remark")
    for word in dict.fromkeys(word for words in report.unknown.values() for word in words):
        click.echo(f"Say what “{word}” means: --means {shlex.quote(f'{word}=…')}")
    if report.counts["refused"] and not dry_run:
        click.echo(f"Refused rows are in {_refused_file(file)}: correct them and import that file.")


def _place(remark: Remark) -> str:
    """Name a row as whoever sent the file finds it: "line 3", or "NGOs, row 3" in a workbook."""
    return f"line {remark.place}" if remark.place[:1].isdigit() else remark.place


@stakeholder_group.command("export")
@click.option("--segment", default="", help="Only who belongs to this segment (its name).")
@click.option("--search", default="", help="Only whose name, address or organisation has this.")
@click.option("--role", "roles", multiple=True, help="Only who holds this role (its slug).")
@click.option("--level", "levels", multiple=True, type=click.Choice([tier.value for tier in Tier]))
@click.option("--country", "countries", multiple=True, help="Only this country (code or name).")
@click.option("--tag", "tags", multiple=True, help="Only who has this tag (its name).")
@click.option("--mailable", is_flag=True, help="Leave out everybody who gets no letters.")
@click.option("--column", "columns", multiple=True, type=click.Choice(COLUMNS), help="Else all.")
@click.option(
    "--format", "kind", type=click.Choice([form.value for form in Format]), default=Format.CSV.value
)
@click.option("-o", "--output", type=FILE, help="Write to this file instead of printing.")
def export_command(
    kind: str, output: Path | None, columns: tuple[str, ...], *, mailable: bool, **asked: Any
) -> None:
    """Export people as a table that spreadsheets open safely, or as vCards."""
    if kind == Format.XLSX and output is None:
        raise Refusal("A workbook cannot be printed.", "Give a file with -o FILE.xlsx.")
    app = create_app()
    with app.app_context():
        wanted = _filter(db.session(), **asked)
        wanted = without_unmailed(wanted) if mailable else wanted
        with nullcontext(sys.stdout.buffer) if output is None else writing(output) as target:
            chosen = chosen_columns(columns)
            write_people(db.session(), wanted, Format(kind), target, now=now(), columns=chosen)


def _filter(
    session: Session,
    *,
    segment: str,
    search: str,
    roles: tuple[str, ...],
    levels: tuple[str, ...],
    countries: tuple[str, ...],
    tags: tuple[str, ...],
) -> PeopleFilter:
    """Return whom the options ask for; raises Refusal for what we do not know."""
    wanted = PeopleFilter(
        q=search,
        roles=tuple(role.slug for role in roles_named(session, roles)),
        levels=tuple(map(Tier, levels)),
        countries=tuple(map(_country, countries)),
        tags=tuple(tag_named(session, name).id for name in tags),
    )
    if not segment:
        return wanted
    rule = rule_of(segment_named(session, segment))
    return replace(wanted, members=members([rule], now()))


def _country(text: str) -> str:
    code = country_of(text)
    if code is None:
        raise Refusal(f"There is no country {text!r}.", "Give its two letters or its name.")
    return code
