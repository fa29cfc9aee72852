"""Addresses as they go on the wire: the domain as A-labels, nothing that could end a command."""

import re
from email.utils import getaddresses
from functools import lru_cache

import idna

from outreach.core.errors import Refusal
from outreach.mail.letter import Address
from outreach.mail.slots import OPEN

_LONGEST = 254
"""RFC 5321 §4.5.3.1.3 allows a path of 256 octets, two of them the angle brackets."""
_ATOM = r"""[^\s\x00-\x20\x7f-\xa0()<>\[\]:;@\\,."\ud800-\udfff\ue000\ue001]+"""
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[A-Fa-f0-9.:IPv]+\]"
_is_wire_address = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_DOMAIN})").fullmatch


class BadAddress(Refusal):
    """An e-mail address cannot be written on an envelope or into a header."""


@lru_cache(maxsize=256)
def wire_address(email: str) -> str:
    """Return `email` with its domain in ASCII (IDNA 2008, M10); the local part is kept as it is.

    Raises BadAddress when it is no address that could be written without quoting. The last ones are
    remembered: a letter asks twice for its recipient, a mailing for its one sender.
    """
    if not _is_wire_address(email):
        local, at, domain = email.rpartition("@")
        if not at:
            raise _bad(email)
        email = f"{local}@{_ascii_domain(domain, email)}"
    if len(email.encode("utf-8", "replace")) > _LONGEST or not _is_wire_address(email):
        raise _bad(email)
    return email


def parse_addresses(header: str) -> list[Address]:
    """Read a header value written by our own code: 'Ada <ada@example.org>, ben@example.org'.

    Raises BadAddress when something in it is no address; slots may stand for both parts.
    """
    found = [Address(email, name) for name, email in getaddresses([header])]
    if not found or any("@" not in one.email and OPEN not in one.email for one in found):
        raise _bad(header)
    return found


def write_address(address: Address) -> str:
    """Return an address as text that `parse_addresses` reads back, for a column of the database."""
    if not address.name:
        return address.email
    name = address.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address.email}>'


def domain_of(email: str) -> str:
    """Return the domain of an address as A-labels. Raises BadAddress."""
    return wire_address(email).rpartition("@")[2]


def _ascii_domain(domain: str, email: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _bad(email) from error


def _bad(email: str) -> BadAddress:
    return BadAddress(
        f"{email[:80]!r} is no address a letter can be sent to.",
        "Write it like ada@example.org, without spaces, quotes or line breaks.",
    )
