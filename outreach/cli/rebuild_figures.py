"""`outreach rebuild-figures`: count everything again from the hits, and say what differed."""

import json
from dataclasses import asdict

import click

from outreach import create_app
from outreach.core.db import db
from outreach.tracking.rebuild import Difference, counted_mailings, rebuild


@click.command("rebuild-figures")
@click.option(
    "--mailing", "mailing_id", type=int, help="One mailing; 0: visitors without a letter."
)
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def rebuild_figures_command(mailing_id: int | None, as_json: bool) -> None:
    """Count all figures again from the hits, set right what differs, and say so.

    Safe at any time: one mailing after the other, each in a transaction of its own.
    """
    app = create_app()
    with app.app_context():
        engine = db.engine
        chosen = counted_mailings(engine) if mailing_id is None else [mailing_id]
        found = {one: rebuild(engine, one) for one in chosen}
    if as_json:
        click.echo(json.dumps({key: [_told(d) for d in wrong] for key, wrong in found.items()}))
        return
    for wrong in found.values():
        for difference in wrong:
            click.echo(_line(difference))
    total = sum(map(len, found.values()))
    said = "every figure agreed with its hits" if not total else f"{total} figures were set right"
    click.echo(f"{len(chosen)} mailing(s) counted again: {said}.")


def _line(difference: Difference) -> str:
    key = ", ".join(_part(part) for part in difference.key)
    return (
        f"{difference.table} ({key}) {difference.column}: "
        f"was {difference.was}, is now {difference.is_now}"
    )


def _told(difference: Difference) -> dict[str, object]:
    values = {name: _plain(value) for name, value in asdict(difference).items()}
    return {**values, "key": [_part(part) for part in difference.key]}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else _part(value)


def _part(part: object) -> str:
    return part.hex() if isinstance(part, bytes) else str(part)
