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
from outreach.stakeholders.models import Role, SuppressionReason, Tier
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
    """A row cannot be taken over; the message is its reason in the report.

    `field` and `word` say which word of the file nobody understood: staff may say what it means.
    """

    def __init__(self, message: str, field: Field | None = None, word: str = "") -> None:
        super().__init__(message)
        self.field, self.word = field, word


Words = Mapping[str, Mapping[str, str]]
"""What staff said words mean: {field: {word by `plain_word`: value, or "" for nothing}}."""


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
    stop: SuppressionReason | None = None
    """The file says that this address must not be mailed; then nothing else of the row counts."""
    has_agreed: bool = True
    """Whether the file does not say that they never confirmed."""


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
        self._every = (every.id,) if every else ()
        self._every_tag = names_said(every_tag)
        self._words = words or {}
        self._understood: dict[str, tuple[int, ...]] = {}

    def draft(self, line: int, cells: list[str]) -> Draft:
        """Return what a row says; raises RowRefused with the reason."""
        if len(cells) > self._width and any(cells[self._width :]):
            raise RowRefused("The row has more cells than the first line has names.")
        said = self._said(cells)
        email = _email(said.get(Field.EMAIL, ""))
        stop, has_agreed = wish_said(said)
        if stop:
            return Draft(line, email, *_NOTHING, stop=stop)
        first = said.get(Field.FIRST_NAME, "")
        name = said.get(Field.NAME) or f"{first} {said.get(Field.LAST_NAME, '')}"
        return Draft(
            line,
            email,
            one_line(name.strip(), 200),
            one_line(first, 100),
            one_line(said.get(Field.ORGANISATION, ""), 200),
            one_line(said.get(Field.JOB_TITLE, ""), 200),
            self._country(said.get(Field.COUNTRY, "")),
            language_said(said.get(Field.LANGUAGE, "")),
            level_said(said.get(Field.LEVEL, "")),
            one_line(said.get(Field.SOURCE, ""), 400),
            self._roles(said.get(Field.ROLES, "")),
            names_said(said.get(Field.TOPICS, "")),
            self._tags(said.get(Field.TAGS, "")),
            has_agreed=has_agreed,
        )

    def unknown_words(self, cells: list[str]) -> list[RowRefused]:
        """Return what of a refused row staff can explain: all of it, not only the first word."""
        said = self._said(cells)
        parts = [part.strip() for part in _PARTS(said.get(Field.ROLES, "")) if part.strip()]
        tries = [(self._role_id, part) for part in parts]
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
                # `plain` takes longer than reading the row, and nearly no cell is marked.
                value = plain(cell) if cell[0] in "' " else cell
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
        found = self._understood.get(text)
        if found is None:
            found = self._role_ids_in(text)
            if len(self._understood) < MOST_REMEMBERED:
                self._understood[text] = found
        return found

    def _role_ids_in(self, text: str) -> tuple[int, ...]:
        ids = [self._role_id(part.strip()) for part in _PARTS(text) if part.strip()]
        return tuple(dict.fromkeys([*self._every, *(id_ for id_ in ids if id_ is not None)]))

    def _role_id(self, text: str) -> int | None:
        word = plain_word(text)
        meaning = self._words.get(Field.ROLES, {})
        if word in meaning:
            return self._role_ids.get(plain_word(meaning[word]))
        if word not in self._role_ids:
            raise RowRefused(f"There is no role “{text[:60]}”.", Field.ROLES, text)
        return self._role_ids[word]


_NOTHING = ("", "", "", "", None, None, None, "", (), (), ())
_WISHES = {
    SuppressionReason.UNSUBSCRIBED: "unsubscribed unsubscribe optout optedout blocklisted "
    "blacklisted removed left no false abgemeldet désabonné désinscrit afgemeld uitgeschreven "
    "afmeldt baja",
    SuppressionReason.BOUNCED: "cleaned bounced bounce hardbounce hardbounced "
    "invalid undeliverable",
    SuppressionReason.COMPLAINED: "complained complaint spam abuse markedasspam reported",
    SuppressionReason.BY_HAND: "donotmail donotcontact suppressed",
}
_REASONS = {plain_word(word): reason for reason, words in _WISHES.items() for word in words.split()}
_NEVER_AGREED = frozenset(
    {"pending", "nonsubscribed", "unconfirmed", "transactional", "archived", "noconsent"}
) | {"waitingforconfirmation"}
_EMPTY_WORDS = frozenset({"", "no", "false", "0", "never", "none", "n"})


@lru_cache(MOST_REMEMBERED)
def _status_said(text: str) -> tuple[SuppressionReason | None, bool]:
    word = plain_word(text)
    return _REASONS.get(word), word not in _NEVER_AGREED


def wish_said(said: Mapping[Field, str]) -> tuple[SuppressionReason | None, bool]:
    """Return (why the address must not be mailed, whether they did not fail to agree)."""
    bounced, left = said.get(Field.BOUNCED), said.get(Field.LEFT)
    if bounced and plain_word(bounced) not in _EMPTY_WORDS:
        return SuppressionReason.BOUNCED, True
    if left and plain_word(left) not in _EMPTY_WORDS:
        return SuppressionReason.UNSUBSCRIBED, True
    status = said.get(Field.STATUS)
    return _status_said(status) if status else (None, True)


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
        raise RowRefused(f"There is no country “{text[:60]}”.", Field.COUNTRY, text)
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
