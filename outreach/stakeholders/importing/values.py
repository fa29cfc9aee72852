"""What a row says of a person, understood or refused with a reason."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from outreach.core.errors import Refusal
from outreach.stakeholders.addresses import is_acceptable, normalise
from outreach.stakeholders.importing.mapping import ColumnMap, Field
from outreach.stakeholders.importing.said import (
    MOST_REMEMBERED,
    RowRefused,
    country_said,
    has_left_as_we_say,
    language_said,
    level_said,
    moment_said,
    names_said,
    parts_said,
    wish_said,
)
from outreach.stakeholders.models import Role, SuppressionReason, Tier
from outreach.stakeholders.roles import plain_word
from outreach.stakeholders.texts import one_line

_BREAKS = (
    re.compile(r"[&+\n]|\b(?:and|und|et|en|og|y)\b").split,
    re.compile(r"[/&+\n]|\b(?:and|und|et|en|og|y)\b").split,
    re.compile(r"\s+").split,
)
"""What else stands between several roles of one cell, where the whole of it is none."""
_DEFUSED = re.compile(r"'(?='* *[=+\-@\t\r])").match


Words = Mapping[str, Mapping[str, str]]
"""What staff said words mean: {field: {word by `plain_word`: value, or "" for nothing}}."""


class Shared(NamedTuple):
    """What rows say that is no name, address or employer: many rows say the same of it."""

    country: str | None = None
    language: str | None = None
    tier: Tier | None = None
    role_ids: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    stop: SuppressionReason | None = None
    """The file says that this address must not be mailed; then nothing else of the row counts."""
    has_agreed: bool = True
    """Whether the file does not say that they never confirmed."""
    lists_left: frozenset[str] = frozenset()
    """The slugs of lists they left, as our own export says them."""


class Draft(NamedTuple):
    """A row understood: what it says, and nothing where a cell is empty."""

    line: int
    email: str
    shared: Shared
    name: str = ""
    given_name: str = ""
    organisation: str = ""
    job_title: str = ""
    source: str = ""
    signed_up_at: datetime | None = None
    confirmed_at: datetime | None = None
    """When they asked and when they confirmed it, where the file says so."""


_SHARED_FIELDS = frozenset(
    {
        Field.COUNTRY,
        Field.LANGUAGE,
        Field.LEVEL,
        Field.ROLES,
        Field.TOPICS,
        Field.TAGS,
        Field.STATUS,
        Field.LISTS_LEFT,
        Field.LEFT,
        Field.BOUNCED,
    }
)


class Reader:
    """Understands rows by the map of the columns and the roles of this installation."""

    def __init__(
        self,
        columns: ColumnMap,
        roles: Mapping[str, Role],
        *,
        every: Role | None = None,
        words: Words | None = None,
        every_tag: str = "",
    ) -> None:
        """`roles` is what `roles.role_words` gives; everybody in the file also holds `every` and
        gets `every_tag`. `words` says what words mean that we do not know.
        """
        self._places = tuple(columns.positions)
        self._width = len(columns.fields)
        self._role_ids = {word: role.id for word, role in roles.items()}
        self._role_names = ", ".join(dict.fromkeys(role.slug for role in roles.values()))
        self._every = (every.id,) if every else ()
        self._every_tag = names_said(every_tag)
        self._words = words or {}
        self._understood: dict[Any, Shared] = {}
        shared = [column for field, column in self._places if field in _SHARED_FIELDS]
        # Without such columns all rows say the same: a row as `draft` fills it up has one length.
        self._shared_cells: Callable[[list[str]], Any] = itemgetter(*shared) if shared else len
        # By number, not by a field's name: a million look-ups of an enumeration's member are slow.
        # A column that the file lacks is the empty cell that `draft` puts after the last.
        own = {field: column for field, column in self._places if not field.may_repeat}
        email, name, first, last, *others = (own.get(field, self._width) for field in _OWN_FIELDS)
        self._email, self._names = email, (name, first, last)
        self._others = tuple(others) if any(n < self._width for n in others) else ()

    def draft(self, line: int, cells: list[str]) -> Draft:
        """Return what a row says; raises RowRefused with the reason."""
        cells = [*cells, ""] if len(cells) == self._width else self._filled_up(cells)
        email = _email(_unmarked(cells[self._email]))
        words = self._shared_cells(cells)
        shared = self._understood.get(words) or self._learn(words, cells)
        if shared.stop:
            return Draft(line, email, shared)
        whole, first, last = self._names
        name = _unmarked(cells[whole])
        given = _unmarked(cells[first])
        if not name:
            name = f"{given} {_unmarked(cells[last])}"
        name, given = one_line(name.strip(), 200), one_line(given, 100)
        if not self._others:
            return Draft(line, email, shared, name, given)
        return Draft(line, email, shared, name, given, *self._details(cells))

    def _filled_up(self, cells: list[str]) -> list[str]:
        """Return as many cells as there are columns, and an empty one."""
        width = self._width
        if any(cells[width:]):
            raise RowRefused(
                "The row has more cells than the first line has names.",
                "Put a cell that holds the separator in quotes, or name the further columns.",
            )
        return [*cells[:width], *[""] * (max(width - len(cells), 0) + 1)]

    def _details(self, cells: list[str]) -> tuple[str, str, str, datetime | None, datetime | None]:
        """Return organisation, position and source, and when they signed up and confirmed."""
        work, position, source, asked, confirmed = [cells[column] for column in self._others]
        return (
            one_line(_unmarked(work), 200),
            position and one_line(_unmarked(position), 200),
            source and one_line(_unmarked(source), 400),
            moment_said(_unmarked(asked)) if asked else None,
            moment_said(_unmarked(confirmed)) if confirmed else None,
        )

    def _learn(self, words: Any, cells: list[str]) -> Shared:
        """Understand what many rows say alike; a combination of cells is understood once."""
        found = self._understand(self._said(cells))
        if len(self._understood) < MOST_REMEMBERED:
            self._understood[words] = found
        return found

    def _understand(self, said: Mapping[Field, str]) -> Shared:
        stop, has_agreed = wish_said(said)
        left = frozenset(names_said(said.get(Field.LISTS_LEFT, "")))
        if stop:
            return Shared(stop=stop, lists_left=left if has_left_as_we_say(said) else frozenset())
        return Shared(
            self._country(said.get(Field.COUNTRY, "")),
            language_said(said.get(Field.LANGUAGE, "")),
            level_said(said.get(Field.LEVEL, "")),
            self._roles(said.get(Field.ROLES, "")),
            names_said(said.get(Field.TOPICS, "")),
            self._tags(said.get(Field.TAGS, "")),
            has_agreed=has_agreed,
            lists_left=left,
        )

    def unknown_words(self, cells: list[str]) -> list[RowRefused]:
        """Return what of a refused row staff can explain: all of it, not only the first word."""
        said = self._said(cells)
        parts = [part.strip() for part in parts_said(said.get(Field.ROLES, "")) if part.strip()]
        tries: list[tuple[Callable[[str], object], str]] = [(self._ids_in, part) for part in parts]
        found = []
        for understand, text in [*tries, (self._country, said.get(Field.COUNTRY, ""))]:
            try:
                understand(text)
            except RowRefused as refusal:
                found.append(refusal)
        return found

    def _said(self, cells: list[str]) -> dict[Field, str]:
        """What the cells say, by field; several columns for one field are one list."""
        last = len(cells)
        said: dict[Field, str] = {}
        for name, column in self._places:
            if column < last and (cell := cells[column]):
                value = _unmarked(cell)
                said[name] = f"{said[name]};{value}" if name in said else value
        return said

    def _tags(self, text: str) -> tuple[str, ...]:
        named = names_said(text)
        return tuple(dict.fromkeys((*named, *self._every_tag))) if self._every_tag else named

    def _country(self, text: str) -> str | None:
        meaning = self._words.get(Field.COUNTRY)
        if meaning and (word := plain_word(text)) in meaning:
            return meaning[word] or None
        return country_said(text)

    def _roles(self, text: str) -> tuple[int, ...]:
        parts = [part.strip() for part in parts_said(text) if part.strip()]
        ids = [id_ for part in parts for id_ in self._ids_in(part)]
        return tuple(dict.fromkeys([*self._every, *(id_ for id_ in ids if id_ is not None)]))

    def _ids_in(self, part: str) -> list[int | None]:
        """Return the roles a part of a cell names: one, or "NGO / funder", "NGO and funder"."""
        for breaks in (None, *_BREAKS):
            # The whole comes first: "Politiker/in" is one role.
            pieces = [piece for piece in breaks(part) if piece.strip()] if breaks else [part]
            if all(self._is_known(piece) for piece in pieces):
                return [self._role_id(piece.strip()) for piece in pieces]
        return [self._role_id(part)]

    def _is_known(self, text: str) -> bool:
        word = plain_word(text)
        return word in self._role_ids or word in self._words.get(Field.ROLES, {})

    def _role_id(self, text: str) -> int | None:
        word = plain_word(text)
        meaning = self._words.get(Field.ROLES, {})
        if word in meaning:
            return self._role_ids.get(plain_word(meaning[word]))
        if word not in self._role_ids:
            raise RowRefused(
                f"There is no role “{text[:60]}”.",
                f"Write one of {self._role_names}; or say before importing what the word means.",
                Field.ROLES,
                text,
            )
        return self._role_ids[word]


_OWN_FIELDS = (
    Field.EMAIL,
    Field.NAME,
    Field.FIRST_NAME,
    Field.LAST_NAME,
    Field.ORGANISATION,
    Field.JOB_TITLE,
    Field.SOURCE,
    Field.SIGNED_UP,
    Field.CONFIRMED,
)


def _unmarked(cell: str) -> str:
    # `plain` takes longer than reading the row, and nearly no cell is marked.
    return plain(cell) if cell and cell[0] in "' " else cell


def plain(cell: str) -> str:
    """Return a cell without the mark that our export puts before a would-be formula."""
    text = cell.strip(" ")
    return text[1:] if text[:1] == "'" and _DEFUSED(text) else text


def _email(text: str) -> str:
    # Google writes all addresses of one label into one cell; the first is the one it shows.
    email = text.partition(":::")[0].strip().lower()
    if is_acceptable(email):
        return email
    if not email:
        raise RowRefused("There is no e-mail address.", "Fill in the cell, or delete the row.")
    try:
        return normalise(email)
    except Refusal as refusal:
        raise RowRefused(refusal.message, refusal.remedy) from refusal
