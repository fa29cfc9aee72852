"""`outreach`: gathers the commands, and turns refusals into one line on stderr."""

import sys
from typing import NoReturn

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from outreach.cli.demo import demo_command
from outreach.cli.dkim import dkim_group
from outreach.cli.doctor import doctor_command
from outreach.cli.inbox import inbox_group
from outreach.cli.mailing import mailing_group
from outreach.cli.rebuild_figures import rebuild_figures_command
from outreach.cli.report import report_command
from outreach.cli.service import init_command, serve_command, worker_command
from outreach.cli.stakeholder import stakeholder_group
from outreach.cli.user import user_group
from outreach.core.errors import OutreachError

COMMANDS = (
    demo_command,
    dkim_group,
    doctor_command,
    inbox_group,
    init_command,
    mailing_group,
    rebuild_figures_command,
    report_command,
    serve_command,
    stakeholder_group,
    user_group,
    worker_command,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outreach")
def outreach() -> None:
    """Mail project results to stakeholders by role, and see honestly what came of it."""


for command in COMMANDS:
    outreach.add_command(command)


def main() -> None:
    """Run a command: 0 on success, 2 on wrong use, 1 with one clear line on failure."""
    try:
        outreach(standalone_mode=True)
    except OutreachError as error:
        _fail(str(error))
    except (OperationalError, ProgrammingError) as error:
        # Raised by psycopg and sqlite3 for a server that is away and for tables that are not there.
        said = str(error.orig).strip().partition("\n")[0]
        _fail(f"The database cannot be used: {said}. Try `outreach init`, then `outreach doctor`.")


def _fail(message: str) -> NoReturn:
    click.echo(f"outreach: {message}", err=True)
    sys.exit(1)
