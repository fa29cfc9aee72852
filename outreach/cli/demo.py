"""`outreach demo`: what `make run` starts; it ignores OUTREACH_MAIL_*, so it mails nobody."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from outreach import create_app
from outreach.cli.service import let_go, prepare
from outreach.core.clock import now
from outreach.core.config import PREFIX, Settings, load_settings
from outreach.demo.load import is_loaded, load
from outreach.serving import serve

SENDER = "Smart Urban Futures <results@smart-urban-futures.example.org>"
MAIL = (f"{PREFIX}MAIL_", f"{PREFIX}INBOX_")
TRIED = (f"{PREFIX}TRACKING",)
"""What may be tried in the demo as well."""


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: PORT, else 8000.")
def demo_command(port: int | None) -> None:
    """Start the demo on this machine: its own database, all mail caught."""
    port = port or int(os.environ.get("PORT") or 8000)
    ignored = [name for name in os.environ if name.startswith(MAIL)]
    if ignored:
        click.echo(f"The demo ignores {', '.join(sorted(ignored))}: it mails nobody.")
    environment = demo_environment(os.environ, port=port)
    settings = load_settings(environment=environment)
    _load_once(settings)
    click.echo(f"Outreach is starting at http://127.0.0.1:{port}/demo (stop it with Ctrl-C)")
    serve(settings, port=port, environment=environment)


def demo_environment(outside: Mapping[str, str], *, port: int) -> dict[str, str]:
    """Return the environment of the demo's processes.

    Of what names Outreach in `outside` only how letters are measured, to be tried without harm.
    """
    home = Path(outside.get(f"{PREFIX}INSTANCE") or "instance").absolute()
    plain = {name: value for name, value in outside.items() if not name.startswith(PREFIX)}
    tried = {name: outside[name] for name in TRIED if outside.get(name)}
    return {
        **plain,
        **tried,
        f"{PREFIX}INSTANCE": str(home / "demo"),
        f"{PREFIX}SQLALCHEMY_DATABASE_URI": f"sqlite:///{home / 'demo.sqlite'}",
        f"{PREFIX}CATCHER": "1",
        f"{PREFIX}BASE_URL": f"http://127.0.0.1:{port}",
        f"{PREFIX}MAIL_DEFAULT_SENDER": SENDER,
    }


def _load_once(settings: Settings) -> None:
    app = create_app(settings)
    prepare(app)
    with app.app_context():
        if not is_loaded():
            click.echo("Loading the demo: one project, 440 made-up people, a mailing they read …")
            _forget_former_life(settings)
        load(app, now=now())
    let_go(app)


def _forget_former_life(settings: Settings) -> None:
    """Take away what an earlier database left behind: its hits would count for the new mailings."""
    for folder in (settings.worker_folder, settings.mailbox):
        shutil.rmtree(folder, ignore_errors=True)
