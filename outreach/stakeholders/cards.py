"""People as vCards 4.0 (RFC 6350), which address books take and our import reads again."""

from collections.abc import Iterable, Iterator

from outreach.stakeholders.models import Stakeholder

LONGEST = 75
"""Octets of a line, its break not counted (RFC 6350 §3.2)."""
_ESCAPED = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


def as_cards(people: Iterable[Stakeholder]) -> Iterator[bytes]:
    """Give each person as a card."""
    for person in people:
        lines = (folded for line in _lines(person) for folded in _folded(line))
        yield "".join(f"{line}\r\n" for line in lines).encode()


def _lines(person: Stakeholder) -> Iterator[str]:
    given = person.given_name
    family = person.name.removeprefix(given).strip() if given else ""
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"FN:{_text(person.name or person.email or '')}"
    if given or family:
        yield f"N:{_text(family)};{_text(given)};;;"
    yield f"EMAIL:{_text(person.email or '')}"
    if person.organisation:
        yield f"ORG:{_text(person.organisation.name)}"
    if person.job_title:
        yield f"TITLE:{_text(person.job_title)}"
    if person.country:
        yield f"ADR:;;;;;;{_text(person.country)}"
    yield f"LANG:{person.language}"
    if person.tags:
        yield f"CATEGORIES:{','.join(_text(tag.name) for tag in person.tags)}"
    yield "END:VCARD"


def _text(value: str) -> str:
    return value.translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """Break a line so that none is longer than 75 octets, never inside a character."""
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST:
            yield part
            part, size = " ", 1
        part, size = part + character, size + octets
    yield part
