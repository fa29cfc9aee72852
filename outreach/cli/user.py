"""`outreach user`: add, list and keep out people who sign in."""

import json
import sys

import click
from sqlalchemy import select

from outreach import create_app
from outreach.accounts.links import PasswordLinks
from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user, describe, set_active
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import state
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
@click.option("--invite", is_flag=True, help="Mail a link to choose the password instead.")
def add_command(
    email: str,
    access: str,
    project_slug: str | None,
    name: str,
    *,
    password_stdin: bool,
    invite: bool,
) -> None:
    """Add a user; the password is asked for, read from standard input, or chosen by invitation."""
    app = create_app()
    password = None if invite else _password(from_stdin=password_stdin)
    with app.app_context(), transaction() as session:
        project = project_by_slug(session, project_slug) if project_slug else None
        user = add_user(
            session,
            email,
            Access(access),
            password=password,
            now=now(),
            name=name,
            project_id=project.id if project else None,
        )
        if invite:
            session.flush()  # the link names the user by their id
            here = state(app)
            PasswordLinks(here.ring, here.settings.base_url).invite(session, user, now=now())
    told = "is invited by mail and can then sign in" if invite else "can sign in"
    click.echo(f"{email} {told} as {access}.")


@user_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_command(*, as_json: bool) -> None:
    """List the users with their access."""
    with create_app().app_context():
        users = db.session.scalars(select(User).order_by(User.email)).all()
        for line in [json.dumps([_row(user) for user in users])] if as_json else map(_line, users):
            click.echo(line)


def _row(user: User) -> dict[str, object]:
    return {
        "email": user.email,
        "name": user.name,
        "active": user.active,
        "access": _accesses(user),
    }


def _line(user: User) -> str:
    is_out = "" if user.active else " (kept out)"
    return f"{user.email}{is_out}: {', '.join(_accesses(user)) or 'no access'}"


def _accesses(user: User) -> list[str]:
    return [describe(held.access, held.project) for held in user.memberships]


@user_group.command("disable")
@click.argument("email")
def disable_command(email: str) -> None:
    """Keep a user out; whoever is signed in as them is signed out at once."""
    _set_active(email, is_active=False)
    click.echo(f"{email} can no longer sign in.")


@user_group.command("enable")
@click.argument("email")
def enable_command(email: str) -> None:
    """Let a user in again."""
    _set_active(email, is_active=True)
    click.echo(f"{email} can sign in again.")


def _set_active(email: str, *, is_active: bool) -> None:
    with create_app().app_context(), transaction() as session:
        user = session.scalars(select(User).where(User.email == email.lower())).one_or_none()
        if user is None:
            raise NotFound(f"There is no user {email}.", "`outreach user list` shows all.")
        set_active(session, user, is_active=is_active, now=now())


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Refusal("There is nobody to ask for a password.", "Use --password-stdin.")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
