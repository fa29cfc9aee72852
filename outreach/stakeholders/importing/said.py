"""What a cell that holds a word means: country, language, level, wish, several names."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache

from babel import Locale

from outreach.core.errors import Refusal
from outreach.core.text import LANGUAGES
from outreach.stakeholders.countries import country_of
from outreach.stakeholders.importing.mapping import OPT_OUTS, Field
from outreach.stakeholders.models import SuppressionReason, Tier
from outreach.stakeholders.roles import plain_word
from outreach.stakeholders.status import Status
from outreach.stakeholders.texts import one_line

MOST_REMEMBERED = 4_096
parts_said = re.compile(r"[;,|]|:::").split
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
_WISHES = {
    SuppressionReason.UNSUBSCRIBED: "unsubscribed unsubscribe optout optedout blocklisted "
    "blacklisted removed left no false 0 n off nein non nee nej falsch faux onwaar falsk falso "
    "abgemeldet désabonné désinscrit afgemeld uitgeschreven afmeldt baja",
    SuppressionReason.BOUNCED: "cleaned bounced bounce hardbounce hardbounced "
    "invalid undeliverable",
    SuppressionReason.COMPLAINED: "complained complaint spam abuse markedasspam reported",
    SuppressionReason.BY_HAND: "donotmail donotcontact suppressed",
}
_REASONS = {plain_word(word): reason for reason, words in _WISHES.items() for word in words.split()}
_LEFT = plain_word(Status.LEFT.label)
_AGREEMENTS = (
    "subscribed subscriber subscribe active optin optedin doubleoptin confirmed agreed given "
    "granted consent consented getsletters yes y true 1 x on ok ja oui sí si wahr vrai waar sandt "
    "verdadero aktiv actif actief activo angemeldet abonniert abonné inscrit aangemeld "
    "geabonneerd ingeschreven tilmeldt suscrito"
)
_AGREED = frozenset(map(plain_word, _AGREEMENTS.split()))
"""Any other word is no agreement: "pending", "archived", "invitations only", or one we do not
know. Nobody is mailed on a word that may mean the opposite."""
_is_day = re.compile(r"\d{1,2}[./-]\d{1,2}[./-][12]\d{3}\b").match
_NOTHING_SAID = (
    "no false never none n na off nein falsch nie non faux jamais nee onwaar nooit nej falsk "
    "aldrig falso nunca subscribed"
)
_EMPTY_WORDS = frozenset({"", *_NOTHING_SAID.split()})
"""What stands in a column of opt-outs for those who did not leave."""


class RowRefused(Refusal):
    """A row cannot be taken over; message and remedy are its reason in the report.

    `field` and `word` say which word of the file nobody understood: staff may say what it means.
    """

    def __init__(
        self, message: str, remedy: str, field: Field | None = None, word: str = ""
    ) -> None:
        super().__init__(message, remedy)
        self.field, self.word = field, word


@lru_cache(MOST_REMEMBERED)
def _status_said(text: str) -> tuple[SuppressionReason | None, bool]:
    word = plain_word(text)
    # A day in a column of consents is when they agreed.
    has_agreed = not word or word in _AGREED or bool(moment_said(text) or _is_day(text.strip()))
    return _REASONS.get(word), has_agreed


@lru_cache(MOST_REMEMBERED)
def _says_something(text: str) -> bool:
    """Say whether a cell, or one of several columns, holds more than a "no" or a day of zeros."""
    return any(plain_word(part).strip("0") not in _EMPTY_WORDS for part in text.split(";"))


def has_left_as_we_say(said: Mapping[Field, str]) -> bool:
    """Say whether nothing but our own word says that they left: "unsubscribed" in an export of
    ours was written by somebody who means all letters.
    """
    more = any(_says_something(said[field]) for field in OPT_OUTS & said.keys())
    return not more and plain_word(said.get(Field.STATUS, "")) == _LEFT


def wish_said(said: Mapping[Field, str]) -> tuple[SuppressionReason | None, bool]:
    """Return (why the address must not be mailed, whether they did not fail to agree)."""
    bounced, left = said.get(Field.BOUNCED), said.get(Field.LEFT)
    if bounced and _says_something(bounced):
        return SuppressionReason.BOUNCED, True
    if left and _says_something(left):
        return SuppressionReason.UNSUBSCRIBED, True
    status = said.get(Field.STATUS)
    return _status_said(status) if status else (None, True)


@lru_cache(MOST_REMEMBERED)
def country_said(text: str) -> str | None:
    """Return the country a cell names, None for an empty one; raises RowRefused."""
    if not text.strip():
        return None
    country = country_of(text)
    if country is None:
        raise RowRefused(
            f"There is no country “{text[:60]}”.",
            "Write its name or its two letters: Belgium or BE.",
            Field.COUNTRY,
            text,
        )
    return country


@lru_cache(MOST_REMEMBERED)
def language_said(text: str) -> str | None:
    """Return the language of letters a cell asks for; one we do not write falls to English."""
    if not text.strip():
        return None
    return _language_words().get(plain_word(text), LANGUAGES[0])


@cache
def _language_words() -> Mapping[str, str]:
    """Return {word: language}; Babel reads a megabyte of each language's names for them."""
    return {
        plain_word(word): code
        for code in LANGUAGES
        for word in (
            code,
            *(Locale.parse(other).languages[code] for other in LANGUAGES),
            *(f"{code}{country}" for country in ("gb", "us", "be", "ch", "at", "lu")),
        )
    }


@lru_cache(MOST_REMEMBERED)
def level_said(text: str) -> Tier | None:
    """Return the level a cell names, None for an empty one; raises RowRefused."""
    word = plain_word(text)
    if not word:
        return None
    if word not in _LEVELS:
        raise RowRefused(
            f"There is no level “{text[:60]}”.",
            "Write city, region, country, EU or international, or leave it empty.",
        )
    return _LEVELS[word]


@lru_cache(MOST_REMEMBERED)
def names_said(text: str) -> tuple[str, ...]:
    """Return the topics or tags a cell lists."""
    # Mailchimp writes "forum 2021","housing" with its own quotes into one cell.
    lines = (one_line(part.strip().strip('"'), 60) for part in parts_said(text))
    return tuple(dict.fromkeys(line for line in lines if line))


@lru_cache(MOST_REMEMBERED)
def moment_said(text: str) -> datetime | None:
    """Return the moment a cell names in the ISO way, as exports write it (UTC where no zone
    stands); None for anything else: 03/04/2021 is March to some and April to others.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None
