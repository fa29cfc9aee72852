"""`outreach doctor`: look at everything an installation needs and say what to do."""

import json
import sys

import click

from outreach import create_app
from outreach.core.state import state


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor_command(*, as_json: bool) -> None:
    """Check configuration, database, mail, disk and clock; exits 1 when something needs you."""
    app = create_app()
    with app.app_context():
        findings = [found for check in state(app).contributions.doctor for found in check(app)]
    if as_json:
        click.echo(json.dumps([vars(finding) for finding in findings], indent=2))
    for finding in [] if as_json else findings:
        click.echo(f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.subject}: {finding.message}")
        if not finding.is_well and finding.remedy:
            click.echo(f"      → {finding.remedy}")
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)
