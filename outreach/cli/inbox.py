"""`outreach inbox`: read what came back, from the mailbox or from files."""

from collections import Counter
from pathlib import Path

import click

from outreach import create_app
from outreach.core.errors import Refusal
from outreach.core.state import state
from outreach.inbox.jobs import messages_in, take, take_unread
from outreach.inbox.mailbox import open_mailbox


@click.group("inbox")
def inbox_group() -> None:
    """Bounces, complaints and other mail that came back."""


@inbox_group.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def import_command(path: Path) -> None:
    """Take in a message, an mbox, a Maildir or a folder of messages; safe to repeat."""
    app = create_app()
    with app.app_context():
        counts = Counter(take(raw, state(app).signer) for raw in messages_in(path))
    _print(counts)


@inbox_group.command("read")
def read_command() -> None:
    """Read the mailbox now."""
    app = create_app()
    settings = state(app).settings
    if not settings.inbox_server:
        raise Refusal("No mailbox is set.", "Set OUTREACH_INBOX_SERVER and its sisters.")
    with app.app_context(), open_mailbox(settings) as box:
        _print(take_unread(box, state(app).signer))


def _print(counts: Counter[str]) -> None:
    for kind, count in sorted(counts.items()):
        click.echo(f"{kind}: {count}")
    total = counts.total()
    click.echo(f"{total} message{'s' if total != 1 else ''}")
