"""`init`, `serve`, `worker`: make the database, answer requests, do what is due."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from sqlalchemy import select

from outreach import create_app
from outreach.accounts.models import User
from outreach.core.config import Settings, load_settings
from outreach.core.db import db, transaction
from outreach.core.errors import Refusal
from outreach.core.migrating import upgrade
from outreach.core.state import state
from outreach.mail.catcher import Catcher
from outreach.serving import LOOPBACK, serve
from outreach.stakeholders.roles import seed_roles
from outreach.worker import run_once, run_worker


@click.command("init")
def init_command() -> None:
    """Create the database or bring it up to date; safe to repeat."""
    prepare(create_app())
    click.echo("The database is ready.")


def prepare(app: Flask) -> None:
    """Bring the database of `app` to the newest migration and seed what every copy needs."""
    with app.app_context():
        upgrade()
        with transaction() as session:
            seed_roles(session)


def let_go(app: Flask) -> None:
    """Close the connections of `app`: processes made of this one must not share them."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--web-processes", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--no-worker", is_flag=True, help="Serve pages only; run `outreach worker` elsewhere."
)
def serve_command(host: str, port: int, web_processes: int, *, no_worker: bool) -> None:
    """Serve the application, with one worker beside it."""
    settings = load_settings()
    app = create_app(settings)
    prepare(app)
    _refuse_demo(app, host=host)
    let_go(app)
    serve(settings, host=host, port=port, web_processes=web_processes, with_worker=not no_worker)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, then stop.")
def worker_command(*, once: bool) -> None:
    """Run the scheduler and the sender; on PostgreSQL as many as you like."""
    with _with_catcher(load_settings()) as settings:
        app = create_app(settings)
        _refuse_demo(app)
        if not once:
            run_worker(app)
            return
        failed = run_once(app)
    if failed:
        raise Refusal(f"Not all that is due could be done: {', '.join(failed)}.", "See the log.")


@contextmanager
def _with_catcher(settings: Settings) -> Iterator[Settings]:
    """Catch mail in this process where no other one was said to do it."""
    if not settings.catcher or settings.catcher_port:
        yield settings
        return
    with Catcher(settings.mailbox) as catcher:
        yield settings.model_copy(update={"catcher_port": catcher.port})


def _refuse_demo(app: Flask, *, host: str = "127.0.0.1") -> None:
    """Keep the demo's accounts and its people away from real mail and from the network."""
    with app.app_context():
        holds_demo = db.session.scalar(select(User.id).where(User.is_demo).limit(1)) is not None
        db.session.rollback()
    if holds_demo and not state(app).settings.catcher:
        raise Refusal(
            "This database holds the demo; it is never served with real mail.",
            "Use another database, or start it with `make run`.",
        )
    if holds_demo and host not in LOOPBACK:
        raise Refusal(
            "This database holds the demo's accounts; it is served on this machine only.",
            "Use --host 127.0.0.1, or another database.",
        )
