"""What the site room contributes to earlier ones."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from outreach.core.contributions import Contribution, Finding, Tick
from outreach.core.state import state
from outreach.site.checks import check_clock, check_configuration, check_database, check_disk
from outreach.site.operations import SIGN_OF_LIFE, tell_alive

LONGEST_HEADER_ADDRESS = 76
"""Python 3.11 turns a longer `<URL>` of List-Unsubscribe into an encoded word, which breaks it."""
MANY = 2_000_000
"""Mailings and deliveries up to this number have tokens of one length."""


def check_base_address(app: Any) -> Iterator[Finding]:
    """Look whether our own address is encrypted, unless only this machine can reach it."""
    address = state(app).settings.base_url
    parts = urlsplit(address)
    is_well = parts.scheme == "https" or _is_this_machine(parts.hostname or "")
    yield Finding(
        "Address of this site",
        is_well,
        f"{address} is fine." if is_well else f"{address} is not encrypted.",
        "" if is_well else "Set OUTREACH_BASE_URL to an address that begins with https://.",
    )


def check_address_length(app: Any) -> Iterator[Finding]:
    """Look whether the longest address in a mail header stays within one word (RFC 2047)."""
    here = state(app)
    token = here.signer.delivery_tokens(MANY, MANY).unsubscribe
    length = len(f"<{here.settings.base_url}/u/{token}>")
    is_well = length <= LONGEST_HEADER_ADDRESS
    yield Finding(
        "Length of unsubscribe addresses",
        is_well,
        f"The longest has {length} characters of {LONGEST_HEADER_ADDRESS}.",
        ""
        if is_well
        else "Use a host name for OUTREACH_BASE_URL that is shorter by "
        f"{length - LONGEST_HEADER_ADDRESS} characters.",
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


CONTRIBUTION = Contribution(
    doctor=(
        check_configuration,
        check_database,
        check_disk,
        check_clock,
        check_base_address,
        check_address_length,
    ),
    ticks=(Tick("worker.alive", SIGN_OF_LIFE, tell_alive),),
)
