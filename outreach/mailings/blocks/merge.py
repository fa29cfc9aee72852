"""Merge fields: `{name|colleague}`, what differs from reader to reader, with its fallback.

Only the four names below are known, and nothing is ever evaluated: text in double braces or any
other template syntax is text (S15). A field is written into a letter as a slot, so that the letter
is compiled once and filled per recipient.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outreach.mail.slots import slot, split_slots

NAMES = ("name", "first_name", "organisation", "role")
# Neither doubled braces nor Markdown signs: a fallback is words and is printed as it stands.
_FIELD = re.compile(r"(?<!\{)\{([a-z_]{1,20})(?:\|([^{}|*`\[\]<>\\\n]{0,60}))?\}(?!\})")


_BRACED = re.compile(r"\{+[^{}\n]{1,80}\}+")
_SLOT_NAME = re.compile(f"({'|'.join(NAMES)})_([0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class MergeField:
    """A merge field as it stands in a text; `fallback` is None where none was written."""

    name: str
    fallback: str | None

    @property
    def slot_name(self) -> str:
        """The slot this field fills; it spells the fallback, so `in_slots` can read it again."""
        return f"{self.name}_{(self.fallback or '').encode().hex()}"


def find(*texts: str) -> tuple[MergeField, ...]:
    """Return the known merge fields of `texts`, each once, in the order of their appearance."""
    found = (_field(match) for text in texts for match in _FIELD.finditer(text))
    return tuple(dict.fromkeys(field for field in found if field.name in NAMES))


def look_alikes(*texts: str) -> tuple[str, ...]:
    """Return what stands in braces and is no merge field, each once: readers see it as it is."""
    found = (match[0] for text in texts for match in _BRACED.finditer(text))
    return tuple(dict.fromkeys(each for each in found if not find(each)))


def in_slots(*rendered: str) -> tuple[MergeField, ...]:
    """Return the merge fields whose slots stand in rendered texts, each once."""
    places = (place for text in rendered for place in split_slots(text)[1])
    found = (_SLOT_NAME.fullmatch(place.name) for place in places)
    return tuple(dict.fromkeys(_read(match) for match in found if match))


def check(text: str) -> str:
    """Return `text`; raises ValueError, worded for a person, where a field is not known."""
    for match in _FIELD.finditer(text):
        if match[1] not in NAMES and match[2] is not None:
            known = ", ".join(f"{{{name}|…}}" for name in NAMES)
            raise ValueError(f"there is no merge field {{{match[1]}}}; known are {known}")
    return text


def to_slots(text: str) -> str:
    """Replace the merge fields of a cleaned text by slots; all else stays as it is."""
    return _FIELD.sub(lambda match: _slot_or_text(match), text)


def to_fallbacks(text: str) -> str:
    """Replace the merge fields of a text by their fallbacks, for archives and titles."""
    return _FIELD.sub(
        lambda match: (match[2] or "") if match[1] in NAMES else match[0],
        text,
    )


def fill(fields: Iterable[MergeField], reader: Mapping[str, str | None]) -> dict[str, str]:
    """Return {slot: value} for one reader, whose facts are given by merge field name."""
    return {field.slot_name: reader.get(field.name) or field.fallback or "" for field in fields}


def _field(match: re.Match[str]) -> MergeField:
    return MergeField(match[1], None if match[2] is None else match[2].strip())


def _read(match: re.Match[str]) -> MergeField:
    return MergeField(match[1], bytes.fromhex(match[2]).decode())


def _slot_or_text(match: re.Match[str]) -> str:
    field = _field(match)
    return slot(field.slot_name) if field.name in NAMES else match[0]
