"""The command line: one module per noun; each command parses, calls one service and prints."""

import sys

import click

from outreach.core.errors import OutreachError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outreach")
def outreach() -> None:
    """Mail project results to stakeholders by role, and see honestly what came of it."""


def main() -> None:
    """Run a command: 0 on success, 2 on wrong use, 1 with one clear line on failure."""
    try:
        outreach(standalone_mode=True)
    except OutreachError as error:
        click.echo(f"outreach: {error}", err=True)
        sys.exit(1)
