"""`outreach dkim`: keys that sign letters, and what DNS must say of them."""

import re

import click

from outreach.core.clock import now
from outreach.core.config import load_settings
from outreach.core.errors import Refusal
from outreach.mail.dkim import DkimKey, make_keys, read_keys

_IS_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}").fullmatch
_IS_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?").fullmatch
_LONGEST_STRING = 255
"""Characters one string of a TXT record holds (RFC 1035 §3.3)."""


@click.group("dkim")
def dkim_group() -> None:
    """Sign letters here instead of at the relay."""


@dkim_group.command("make")
@click.argument("domain")
@click.option("--selector", help="Names the keys in DNS; the year and month unless told.")
def make_command(domain: str, selector: str | None) -> None:
    """Make keys (RSA-2048 and Ed25519) for DOMAIN and print the DNS records."""
    settings, domain = load_settings(), domain.lower()
    selector = selector or f"outreach{now():%Y%m}"
    if not _IS_DOMAIN(domain) or not _IS_SELECTOR(selector):
        raise Refusal(
            "Give the domain of your sender's address and a short selector.",
            "For example: outreach dkim make example.org --selector outreach1",
        )
    _print(make_keys(settings.dkim_file, domain, selector))
    click.echo("\nPublish them. Once DNS shows them, set OUTREACH_DKIM=true and restart.")


@dkim_group.command("show")
def show_command() -> None:
    """Print the DNS records of the keys there are."""
    _print(read_keys(load_settings().dkim_file))


def _print(keys: tuple[DkimKey, ...]) -> None:
    for key in keys:
        text = key.record
        parts = [
            f'"{text[at : at + _LONGEST_STRING]}"' for at in range(0, len(text), _LONGEST_STRING)
        ]
        click.echo(f"{key.record_name}. IN TXT ( {' '.join(parts)} )")
