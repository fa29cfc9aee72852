"""`outreach report`: a project's dashboard as a file, under the same disclosure rules."""

import json
from pathlib import Path

import click

from outreach import create_app
from outreach.cli.files import writing
from outreach.core.db import db
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.dashboards.exports import as_csv, as_xlsx, sections_of
from outreach.dashboards.snapshots import Tables, build_tables
from outreach.projects.queries import project_by_slug

FORMATS = ("json", "csv", "xlsx")


@click.command("report")
@click.argument("project")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
def report_command(project: str, kind: str, output: Path | None) -> None:
    """Print what partners of PROJECT (its slug) would see if it were published now."""
    app = create_app()
    with app.app_context():
        found = project_by_slug(db.session(), project)
        threshold = state(app).settings.disclosure_threshold
        data = _render(build_tables(db.session(), found.id, threshold=threshold), kind)
    if output is not None:
        with writing(output) as file:
            file.write(data)
    elif kind == "xlsx":
        raise Refusal("A workbook cannot be printed.", "Give a file with -o FILE.xlsx.")
    else:
        click.echo(data.decode(), nl=False)


def _render(tables: Tables, kind: str) -> bytes:
    if kind == "json":
        return (json.dumps(tables.as_json(), indent=2, ensure_ascii=False) + "\n").encode()
    sections = sections_of(tables)
    return as_xlsx(sections) if kind == "xlsx" else as_csv(sections).encode()
