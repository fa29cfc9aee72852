"""`outreach user`: add people who sign in."""

import sys

import click

from outreach import create_app
from outreach.accounts.models import Access
from outreach.accounts.services import add_user
from outreach.core.clock import now
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.projects.queries import project_by_slug


@click.group("user")
def user_group() -> None:
    """Users: comms staff, administrators, partners."""


@user_group.command("add")
@click.argument("email")
@click.option("--access", required=True, type=click.Choice([access.value for access in Access]))
@click.option("--project", "project_slug", help="Limit the access to one project (its slug).")
@click.option("--name", default="", help="The name others see.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_command(
    email: str, access: str, project_slug: str | None, name: str, *, password_stdin: bool
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    app = create_app()
    password = _password(from_stdin=password_stdin)
    with app.app_context(), transaction() as session:
        project = project_by_slug(session, project_slug) if project_slug else None
        add_user(
            session,
            email,
            Access(access),
            password=password,
            now=now(),
            name=name,
            project_id=project.id if project else None,
        )
    click.echo(f"{email} can sign in as {access}.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Refusal("There is nobody to ask for a password.", "Use --password-stdin.")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
