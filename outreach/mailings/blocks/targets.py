"""Where a call to action leads: `document:<id>`, `page:<project|result>/<slug>`, `address:<url>`.

Blocks keep the short text; only rendering, which is given the documents and pages, makes it an
address. So a new version of a brief needs no change in any letter that is still a draft.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink
from pydantic import AfterValidator

LONGEST_ADDRESS = 1_500
_NAMES = {
    "document": re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*"),
    "page": re.compile(r"(project|result)/[A-Za-z0-9]+(-[A-Za-z0-9]+)*"),
    "file": re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*"),
}
_NOT_IN_AN_ADDRESS = re.compile(r"[^!#-&*-;=?-Z_a-z~]")
_HOST = re.compile(r"[a-z0-9_.-]+")
# Nothing a mail program would read as a second recipient, a subject or a text.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$*+/=^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
# Allowed in addresses, but read as their end by many mail programs and by our own file format.
_BRACKETS = str.maketrans({"(": "%28", ")": "%29", "'": "%27"})


class TargetKind(StrEnum):
    """What a target names."""

    DOCUMENT = "document"
    PAGE = "page"
    FILE = "file"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Target:
    """A target taken apart; `name` is the id, the page's path or the address."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def parse_target(text: str) -> Target:
    """Take a target apart; raises ValueError, worded for a person, when it is none."""
    kind, _, name = text.strip().partition(":")
    if kind == "address":
        return Target(TargetKind.ADDRESS, web_address(name))
    if kind in _NAMES and len(name) <= 100 and _NAMES[kind].fullmatch(name):
        return Target(TargetKind(kind), name)
    raise ValueError(
        "choose a document, a page or an address, for example document:policy-brief, "
        "page:project/smarturbi or address:https://example.org/brief"
    )


@lru_cache(maxsize=2_048)
def web_address(text: str) -> str:
    """Return an http(s) address with its host as an A-label (M10) and odd characters escaped.

    Raises ValueError, worded for a person; a name or password before the host is refused, since
    it disguises where the address leads.
    """
    address = normalizeLink(text.strip()).translate(_BRACKETS)
    try:
        parts = urlsplit(address)
        is_host = _HOST.fullmatch(parts.hostname or "") is not None
        is_sound = parts.scheme in {"http", "https"} and is_host and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or _NOT_IN_AN_ADDRESS.search(address) or "@" in parts.netloc:
        raise ValueError("write an address that begins with https://, such as https://example.org")
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"use a shorter address, of at most {LONGEST_ADDRESS} characters")
    return address


def _leads_somewhere(text: str) -> str:
    target = parse_target(text)
    if target.kind is TargetKind.FILE:
        raise ValueError("choose a document, a page or an address; a file is only for pictures")
    return str(target)


def _is_a_picture(text: str) -> str:
    target = parse_target(text)
    if target.kind not in {TargetKind.FILE, TargetKind.ADDRESS}:
        raise ValueError("choose a picture: file:<id> or an address on our own site")
    return str(target)


def _is_a_document(text: str) -> str:
    target = parse_target(text)
    if target.kind is not TargetKind.DOCUMENT:
        raise ValueError("choose a document")
    return str(target)


def _picture_or_none(text: str) -> str:
    return _is_a_picture(text) if text.strip() else ""


def _address_or_none(text: str) -> str:
    return web_address(text) if text.strip() else ""


def _mailbox_or_none(text: str) -> str:
    if text.strip() and not _MAILBOX.fullmatch(text.strip()):
        raise ValueError("write one address, such as ada@example.org")
    return text.strip()


Destination = Annotated[str, AfterValidator(_leads_somewhere)]
"""A target a reader can follow."""

PictureSource = Annotated[str, AfterValidator(_is_a_picture)]
"""A target a picture can be loaded from; rendering refuses any site but our own (M11)."""

DocumentName = Annotated[str, AfterValidator(_is_a_document)]
"""A target that names a document."""

OptionalPicture = Annotated[str, AfterValidator(_picture_or_none)]
"""A picture's source, or nothing."""

OptionalAddress = Annotated[str, AfterValidator(_address_or_none)]
"""An http(s) address, or nothing."""

OptionalMailbox = Annotated[str, AfterValidator(_mailbox_or_none)]
"""A mail address, or nothing."""
