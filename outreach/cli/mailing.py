"""`outreach mailing`: from a Markdown file to letters, and what became of them."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.orm import Session

from outreach import create_app
from outreach.cli.standing import lines, short
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound, Refusal
from outreach.core.state import State, state
from outreach.dashboards.status import events, mailing_status
from outreach.delivery.again import send_again
from outreach.delivery.showing import show
from outreach.mail.mailbox import open_letter
from outreach.mail.pace import pace_of
from outreach.mailings import schedule as acts
from outreach.mailings.headcount import Headcount, headcount_to_go_on
from outreach.mailings.importing import import_draft
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.moments import Moment
from outreach.mailings.outlet import installation_sender
from outreach.mailings.queries import find

ACTOR = "command line"
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
ID = click.IntRange(1, 2**31 - 1)
FOLLOW_SECONDS = 2.0
UNDER_WAY = frozenset({MailingState.SCHEDULED.value, MailingState.SENDING.value})
"""States that end by themselves."""


@click.group("mailing")
def mailing_group() -> None:
    """Mailings: what you announce, to whom, and what became of it."""


@mailing_group.command("import")
@click.argument("file", type=EXISTING)
@click.option("--json", "as_json", is_flag=True, help="Print id, slug and title as JSON.")
def import_command(file: Path, *, as_json: bool) -> None:
    """Make a draft of FILE, Markdown with YAML front matter, and print its id."""
    text = _text_of(file)
    with create_app().app_context(), transaction() as session:
        made = import_draft(session, text, actor=ACTOR, now=now())
        facts = {"id": made.id, "slug": made.slug, "title": made.title}
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else facts["id"])


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refusal(f"{file.name} is no text in UTF-8.", "Save it as UTF-8.") from None


@mailing_group.command("schedule")
@click.argument("mailing_id", metavar="ID", type=ID)
@click.option("--now", "is_now", is_flag=True, help="Let it go out at once.")
@click.option("--at", "local", metavar="TIME", help='Wall time, "2026-12-01 09:00".')
@click.option("--zone", metavar="ZONE", help="Where the clock hangs: Europe/Brussels.")
def schedule_command(mailing_id: int, local: str | None, zone: str | None, *, is_now: bool) -> None:
    """Promise mailing ID for a moment; refused with the reason where pre-flight blocks it."""
    if is_now == bool(local):
        raise click.UsageError("Give either --now, or --at and --zone.")
    if bool(local) != bool(zone):
        raise click.UsageError("--at and --zone belong together.")
    when = Moment(local, zone) if local and zone else None
    with _counted(mailing_id) as (session, found, here, counted):
        due = acts.schedule(
            session,
            found,
            when,
            sender=installation_sender(here.settings),
            base_url=here.settings.base_url,
            can_send=here.settings.can_send,
            actor=ACTOR,
            now=now(),
            headcount=counted,
        )
        quiet = pace_of(here.settings).quiet
    moment = "as soon as a worker runs" if is_now else f"on {due.local} ({due.zone})"
    click.echo(f"Mailing {mailing_id} goes out {moment}, {due.at:%Y-%m-%d %H:%M} UTC.")
    if due.note:
        click.echo(due.note)
    if quiet:
        click.echo(f"No letter leaves in the quiet hours, {quiet}.")


@mailing_group.command("status")
@click.argument("mailing_id", metavar="ID", type=ID)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--domains", is_flag=True, help="Add how far it has come at each domain.")
@click.option("--follow", is_flag=True, help="Print it again every two seconds until it ends.")
def status_command(mailing_id: int, *, as_json: bool, domains: bool, follow: bool) -> None:
    """Say where mailing ID stands: its state, its deliveries, counted and raw events."""
    with create_app().app_context():
        while True:
            found = _found(db.session(), mailing_id)
            status = mailing_status(db.session(), found, now=now())
            db.session.rollback()
            click.echo(
                json.dumps(status, indent=2, ensure_ascii=False)
                if as_json
                else "\n".join(lines(status, with_domains=domains))
            )
            if not follow or status["state"] not in UNDER_WAY:
                return
            click.echo()
            time.sleep(FOLLOW_SECONDS)


@mailing_group.command("log")
@click.argument("mailing_id", metavar="ID", type=ID)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def log_command(mailing_id: int, *, as_json: bool) -> None:
    """Say who did what with mailing ID, the newest first."""
    with create_app().app_context():
        found = events(db.session(), _found(db.session(), mailing_id))
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        detail = f": {one['detail']}" if one["detail"] else ""
        click.echo(f"{short(one['at'])}  {one['actor']} {one['act']}{detail}")


@mailing_group.command("again")
@click.argument("mailing_id", metavar="ID", type=ID)
@click.option(
    "--with-doubted", is_flag=True, help="Also to those in doubt; some will get it twice."
)
def again_command(mailing_id: int, *, with_doubted: bool) -> None:
    """Send mailing ID again to those who did not get it."""
    with _mailing(mailing_id) as (session, found, _):
        count = send_again(session, found, with_doubted=with_doubted, actor=ACTOR, now=now())
    people = "1 person" if count == 1 else f"{count} people"
    click.echo(f"Mailing {mailing_id} goes out again to {people}.")


@mailing_group.command("pause")
@click.argument("mailing_id", metavar="ID", type=ID)
@click.option("--reason", default="Paused by hand.", show_default=True, help="Shown with it.")
def pause_command(mailing_id: int, reason: str) -> None:
    """Hold mailing ID back, also in the middle of being sent."""
    _act(
        mailing_id,
        lambda session, found: acts.pause(session, found, reason=reason, actor=ACTOR, now=now()),
        "is paused; no further letter leaves",
    )


@mailing_group.command("resume")
@click.argument("mailing_id", metavar="ID", type=ID)
def resume_command(mailing_id: int) -> None:
    """Let mailing ID go on where it was held."""
    with _counted(mailing_id) as (session, found, _, counted):
        acts.resume(session, found, actor=ACTOR, now=now(), headcount=counted)
    click.echo(f"Mailing {mailing_id} goes on.")


@mailing_group.command("cancel")
@click.argument("mailing_id", metavar="ID", type=ID)
def cancel_command(mailing_id: int) -> None:
    """Give mailing ID up for good; letters that have left stay sent."""
    _act(
        mailing_id,
        lambda session, found: acts.cancel(session, found, actor=ACTOR, now=now()),
        "is cancelled; no further letter leaves",
    )


@mailing_group.command("render")
@click.argument("mailing_id", metavar="ID", type=ID)
@click.option("--to", "email", required=True, metavar="EMAIL", help="A stakeholder's address.")
@click.option("--part", type=click.Choice(["html", "text", "source"]), default="source")
def render_command(mailing_id: int, email: str, part: str) -> None:
    """Print exactly what the person with this address gets of mailing ID."""
    app = create_app()
    with app.app_context():
        found = _found(db.session(), mailing_id)
        shown = show(db.session(), found, email, state(app), now=now())
    if shown.note:
        click.echo(f"outreach: {shown.note}", err=True)
    if part == "source":
        sys.stdout.buffer.write(shown.source)
        return
    parts = open_letter(shown.source)
    click.echo(parts.html if part == "html" else parts.text, nl=False)


def _act(mailing_id: int, act: Callable[[Session, Mailing], None], said: str) -> None:
    with _mailing(mailing_id) as (session, found, _):
        act(session, found)
    click.echo(f"Mailing {mailing_id} {said}.")


@contextmanager
def _mailing(mailing_id: int) -> Iterator[tuple[Session, Mailing, State]]:
    """Give a mailing to be changed, in a transaction that ends with the block."""
    app = create_app()
    with app.app_context(), transaction() as session:
        yield session, _found(session, mailing_id), state(app)


@contextmanager
def _counted(mailing_id: int) -> Iterator[tuple[Session, Mailing, State, Headcount | None]]:
    """Give a mailing to be promised, its audience counted before the transaction begins.

    None where its letters are made already: nobody is promised anything then.
    """
    app = create_app()
    with app.app_context():
        counted = headcount_to_go_on(db.session(), _found(db.session(), mailing_id), now=now())
        with transaction() as session:
            yield session, _found(session, mailing_id), state(app), counted


def _found(session: Session, mailing_id: int) -> Mailing:
    found = find(session, mailing_id, None)
    if found is None:
        raise NotFound(
            f"There is no mailing {mailing_id}.",
            "Its number stands in the address of its page: /staff/mailings/NUMBER.",
        )
    return found
