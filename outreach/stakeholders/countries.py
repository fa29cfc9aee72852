"""Countries by code and by any name a file or a person may use; names come from CLDR (Babel)."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from outreach.core.text import LANGUAGES
from outreach.stakeholders.roles import plain_word

_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_EU_FORMS = {"EL": "GR", "UK": "GB"}
"""The EU's own forms for Greece and the United Kingdom."""
_BY_HAND = {
    "holland": "NL",
    "thenetherlands": "NL",
    "greatbritain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "unitedstatesofamerica": "US",
    "czechrepublic": "CZ",
    "macedonia": "MK",
    "turkey": "TR",
}


def country_codes() -> list[str]:
    """Return the ISO 3166-1 alpha-2 codes of all countries and territories."""
    codes = map(str, _names("en"))
    return [c for c in codes if len(c) == 2 and c.isalpha() and c not in _NO_COUNTRIES]


@cache
def country_choices() -> tuple[tuple[str, str], ...]:
    """Return (code, English name) of every country, by name."""
    names = _names("en")
    return tuple(sorted(((c, names[c]) for c in country_codes()), key=lambda pair: pair[1]))


def country_of(text: str) -> str | None:
    """Return the ISO code a text names, or None: "be", "EL", "Belgium", "Belgique", "Danmark"."""
    code = text.strip().upper()
    code = _EU_FORMS.get(code, code)
    if code in _known_codes():
        return code
    return _words().get(plain_word(text))


@cache
def _known_codes() -> frozenset[str]:
    return frozenset(country_codes())


@cache
def _words() -> Mapping[str, str]:
    """Names in the languages of letters and in each country's own official languages."""
    words: dict[str, str] = {}
    for code in country_codes():
        own = get_official_languages(code, de_facto=True)
        for language in dict.fromkeys((*LANGUAGES, *own)):
            name = _names(language).get(code)
            if name:
                words.setdefault(plain_word(name), code)
    return {**words, **_BY_HAND}


@cache
def _names(language: str) -> Mapping[str, str]:
    try:
        return cast(Mapping[str, str], Locale.parse(language).territories)
    except (UnknownLocaleError, ValueError):
        return {}
