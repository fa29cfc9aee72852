"""`outreach doctor`: look at everything an installation needs and say what to do."""

import json
import sys
from collections.abc import Iterator

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from outreach import create_app
from outreach.core.config import load_settings
from outreach.core.contributions import DoctorCheck, Finding
from outreach.core.errors import ConfigurationError
from outreach.core.state import state


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor_command(*, as_json: bool) -> None:
    """Check configuration, database, mail, disk and clock; exits 1 when something needs you."""
    findings = list(_findings())
    if as_json:
        click.echo(json.dumps([vars(finding) for finding in findings], indent=2))
    for finding in [] if as_json else findings:
        click.echo(f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.subject}: {finding.message}")
        if not finding.is_well and finding.remedy:
            click.echo(f"      → {finding.remedy}")
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


def _findings() -> Iterator[Finding]:
    try:
        app = create_app(load_settings())
    except ConfigurationError as error:
        yield Finding("Configuration", False, str(error), "Correct them, then ask again.")
        return
    with app.app_context():
        for check in state(app).contributions.doctor:
            yield from _looked_at(check, app)


def _looked_at(check: DoctorCheck, app: Flask) -> Iterator[Finding]:
    """Give a check's findings; what it could not see for want of a database is said by another."""
    try:
        yield from check(app)
    except SQLAlchemyError:
        room = check.__module__.split(".")[1].capitalize()
        yield Finding(room, False, "It could not be looked at without a database.")
