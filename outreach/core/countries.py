"""Countries and territories by ISO 3166-1 alpha-2 code; their names come from CLDR (Babel)."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import cast

from babel import Locale, UnknownLocaleError

_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_RESERVED = frozenset({"AC", "AN", "CP", "CQ", "DG", "EA", "IC", "TA"})
"""Exceptionally reserved or withdrawn (ISO 3166/MA): CLDR names them, addresses have others."""
_EU_FORMS = {"EL": "GR", "UK": "GB"}
"""The EU's own forms for Greece and the United Kingdom."""
_DANISH = str.maketrans("æøå", "{|}")
"""What follows z in ASCII."""


@cache
def country_codes() -> tuple[str, ...]:
    """Return the codes of all countries and territories."""
    codes = map(str, country_names("en"))
    none = _NO_COUNTRIES | _RESERVED
    return tuple(c for c in codes if len(c) == 2 and c.isalpha() and c not in none)


@cache
def country_choices() -> tuple[tuple[str, str], ...]:
    """Return (code, English name) of every country, by name."""
    return countries_in("en")


@cache
def countries_in(language: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every country in a language, in the order its readers look for them.

    One that the language has no name for keeps its English one.
    """
    names = {**country_names("en"), **country_names(language)}
    named = ((code, names[code]) for code in country_codes())
    return tuple(sorted(named, key=lambda pair: _place(pair[1], language)))


def _place(name: str, language: str) -> str:
    """Return what a name is sorted by: accents do not count; Danish æ, ø, å follow z (CLDR)."""
    lower = name.casefold().translate(_DANISH) if language == "da" else name.casefold()
    folded = unicodedata.normalize("NFKD", lower.replace("æ", "ae").replace("œ", "oe"))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def country_code(text: str) -> str | None:
    """Return the code a text is, in the EU's form, too ("be", "EL", "UK"); None for no code."""
    code = text.strip().upper()
    code = _EU_FORMS.get(code, code)
    return code if code in _known_codes() else None


@cache
def country_names(language: str) -> Mapping[str, str]:
    """Return {code: name} in a language; nothing in one that Babel does not speak."""
    try:
        return cast(Mapping[str, str], Locale.parse(language).territories)
    except (UnknownLocaleError, ValueError):
        return {}


@cache
def _known_codes() -> frozenset[str]:
    return frozenset(country_codes())
