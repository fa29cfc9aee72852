"""Slots: the places of a letter that differ from one recipient to the next.

A slot is written into the sources (header values, text, HTML) with two private-use characters, so
that it passes through templates, MJML and CSS inlining unharmed and no user text can imitate it
once `without_slots` has been over it (S15).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from outreach.core.errors import ProgrammingError

OPEN, CLOSE = "\ue000", "\ue001"
_MARKED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_STRAY = str.maketrans("", "", OPEN + CLOSE)


class SlotKind(StrEnum):
    """What stands in a slot; it decides how a value is written into the HTML part."""

    TEXT = "text"
    """Words; escaped in HTML."""
    URL = "url"
    """An address or a part of one; refused unless it is made of URL characters."""
    HTML = "html"
    """Markup made by our own code, for the HTML part only; written as it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """A slot found in a source."""

    name: str
    kind: SlotKind


def slot(name: str, kind: SlotKind = SlotKind.TEXT) -> str:
    """Return the mark to put where the value called `name` shall stand.

    `name` is lower-case letters, digits and underscores; the same name may stand in many places.
    """
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ProgrammingError(f"A slot is named with a-z, 0-9 and _, not {name!r}.")
    return f"{OPEN}{'' if kind is SlotKind.TEXT else f'{kind}:'}{name}{CLOSE}"


def without_slots(text: str) -> str:
    """Return `text` without the two characters that mark slots; for everything users wrote."""
    return text.translate(_STRAY)


def restore_slots(html: str) -> str:
    """Return HTML as it was meant: MJML's compiler writes our marks in attributes as \\u{e000}."""
    return html.replace("\\u{e000}", OPEN).replace("\\u{e001}", CLOSE)


def split_slots(source: str) -> tuple[list[str], list[Place]]:
    """Cut a source at its slots: n + 1 literal texts and the n places between them.

    Raises ProgrammingError when a mark is left open, since a reader would see it.
    """
    pieces = _MARKED.split(source)
    literals, marks = pieces[::2], pieces[1::2]
    if any(OPEN in literal or CLOSE in literal for literal in literals):
        raise ProgrammingError("A slot is not closed; clean user text with without_slots().")
    return literals, [_place(mark) for mark in marks]


def _place(mark: str) -> Place:
    kind, _, name = mark.rpartition(":")
    return Place(name, SlotKind(kind) if kind else SlotKind.TEXT)
