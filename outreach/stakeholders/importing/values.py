"""What a row says of a person, understood or refused with a reason."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

from outreach.core.errors import Refusal
from outreach.core.text import LANGUAGES
from outreach.stakeholders.addresses import is_acceptable, normalise
from outreach.stakeholders.countries import country_of
from outreach.stakeholders.importing.mapping import ColumnMap, Field
from outreach.stakeholders.models import Role, Tier
from outreach.stakeholders.roles import plain_word
from outreach.stakeholders.texts import one_line

MOST_REMEMBERED = 4_096
_PARTS = re.compile(r"[;,|]|:::").split
_LANGUAGE_WORDS = {
    plain_word(word): code
    for code in LANGUAGES
    for word in (
        code,
        *(Locale.parse(other).languages[code] for other in LANGUAGES),
        *(f"{code}{country}" for country in ("gb", "us", "be", "ch", "at", "lu")),
    )
}
_LEVEL_WORDS = {
    "municipality": "city town municipality local commune gemeinde gemeente kommune municipio "
    "municipal cityormunicipality stad stadt ville citytown lokal lokaal ayuntamiento",
    "region": "region regional province county land bundesland région regio provincie amt región "
    "provincia state",
    "country": "country national nation staat national état landelijk nationaal bund pais país "
    "federal statslig nacional estatal",
    "eu": "eu europeanunion european europe europäisch européen europees europæisk europeo ue",
    "international": "international global world un internationaal internacional",
}
_LEVELS = {plain_word(w): Tier(tier) for tier, words in _LEVEL_WORDS.items() for w in words.split()}
_DEFUSED = re.compile(r"'(?='* *[=+\-@\t\r])").match


class RowRefused(Refusal):
    """A row cannot be taken over; the message is its reason in the report."""


class Draft(NamedTuple):
    """A row understood: what it says, and nothing where a cell is empty."""

    line: int
    email: str
    name: str
    given_name: str
    organisation: str
    job_title: str
    country: str | None
    language: str | None
    tier: Tier | None
    source: str
    role_ids: tuple[int, ...]
    topics: tuple[str, ...]
    tags: tuple[str, ...]


class Reader:
    """Understands rows by the map of the columns and the roles of this installation."""

    def __init__(
        self, columns: ColumnMap, roles: Mapping[str, Role], *, every: Role | None = None
    ) -> None:
        """`roles` is what `roles.role_words` gives; everybody in the file also holds `every`."""
        self._places = tuple(columns.positions.items())
        self._width = len(columns.fields)
        self._role_ids = {word: role.id for word, role in roles.items()}
        self._public = frozenset(role.id for role in roles.values() if role.is_public)
        self._every = (every.id,) if every else ()
        self._understood: dict[str, tuple[int, ...]] = {}

    def draft(self, line: int, cells: list[str]) -> Draft:
        """Return what a row says; raises RowRefused with the reason."""
        if len(cells) > self._width and any(cells[self._width :]):
            raise RowRefused("The row has more cells than the first line has names.")
        last = len(cells)
        said = {
            # `plain` takes longer than reading the row: nearly no cell begins like a marked one.
            name: plain(cells[column]) if cells[column][0] in "' " else cells[column]
            for name, column in self._places
            if column < last and cells[column]
        }
        email = _email(said.get(Field.EMAIL, ""))
        first = said.get(Field.FIRST_NAME, "")
        name = said.get(Field.NAME) or f"{first} {said.get(Field.LAST_NAME, '')}"
        role_ids = self._roles(said.get(Field.ROLES, ""))
        return Draft(
            line,
            email,
            one_line(name.strip(), 200),
            one_line(first, 100),
            one_line(said.get(Field.ORGANISATION, ""), 200),
            one_line(said.get(Field.JOB_TITLE, ""), 200),
            country_said(said.get(Field.COUNTRY, "")),
            language_said(said.get(Field.LANGUAGE, "")),
            level_said(said.get(Field.LEVEL, "")),
            one_line(said.get(Field.SOURCE, ""), 400),
            role_ids,
            names_said(said.get(Field.TOPICS, "")),
            names_said(said.get(Field.TAGS, "")),
        )

    def _roles(self, text: str) -> tuple[int, ...]:
        found = self._understood.get(text)
        if found is None:
            found = self._role_ids_in(text)
            if len(self._understood) < MOST_REMEMBERED:
                self._understood[text] = found
        return found

    def _role_ids_in(self, text: str) -> tuple[int, ...]:
        words = [part.strip() for part in _PARTS(text) if part.strip()]
        unknown = [word for word in words if plain_word(word) not in self._role_ids]
        if unknown:
            raise RowRefused(f"There is no role “{unknown[0][:60]}”.")
        return tuple(
            dict.fromkeys([*self._every, *(self._role_ids[plain_word(word)] for word in words)])
        )


def plain(cell: str) -> str:
    """Return a cell without the mark that our export puts before a would-be formula."""
    text = cell.strip(" ")
    return text[1:] if text[:1] == "'" and _DEFUSED(text) else text


def _email(text: str) -> str:
    email = text.strip().lower()
    if is_acceptable(email):
        return email
    if not email:
        raise RowRefused("There is no e-mail address.")
    try:
        return normalise(email)
    except Refusal as refusal:
        raise RowRefused(refusal.message) from refusal


@lru_cache(MOST_REMEMBERED)
def country_said(text: str) -> str | None:
    """Return the country a cell names, None for an empty one; raises RowRefused."""
    if not text.strip():
        return None
    country = country_of(text)
    if country is None:
        raise RowRefused(f"There is no country “{text[:60]}”.")
    return country


@lru_cache(MOST_REMEMBERED)
def language_said(text: str) -> str | None:
    """Return the language of letters a cell asks for; one we do not write falls to English."""
    if not text.strip():
        return None
    return _LANGUAGE_WORDS.get(plain_word(text), LANGUAGES[0])


@lru_cache(MOST_REMEMBERED)
def level_said(text: str) -> Tier | None:
    """Return the level a cell names, None for an empty one; raises RowRefused."""
    word = plain_word(text)
    if not word:
        return None
    if word not in _LEVELS:
        raise RowRefused(f"There is no level “{text[:60]}”.")
    return _LEVELS[word]


@lru_cache(MOST_REMEMBERED)
def names_said(text: str) -> tuple[str, ...]:
    """Return the topics or tags a cell lists."""
    lines = (one_line(part, 60) for part in _PARTS(text))
    return tuple(dict.fromkeys(line for line in lines if line))
