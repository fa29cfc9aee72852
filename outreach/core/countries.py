"""Countries and territories by ISO 3166-1 alpha-2 code; their names come from CLDR (Babel)."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from babel import Locale, UnknownLocaleError

_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_EU_FORMS = {"EL": "GR", "UK": "GB"}
"""The EU's own forms for Greece and the United Kingdom."""


@cache
def country_codes() -> tuple[str, ...]:
    """Return the codes of all countries and territories."""
    codes = map(str, country_names("en"))
    return tuple(c for c in codes if len(c) == 2 and c.isalpha() and c not in _NO_COUNTRIES)


@cache
def country_choices() -> tuple[tuple[str, str], ...]:
    """Return (code, English name) of every country, by name."""
    names = country_names("en")
    return tuple(sorted(((c, names[c]) for c in country_codes()), key=lambda pair: pair[1]))


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
