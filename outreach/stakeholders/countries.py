"""Countries by any name a file or a person may use, besides their codes."""

from collections.abc import Mapping
from functools import cache

from babel.languages import get_official_languages

from outreach.core.countries import country_code, country_codes, country_names
from outreach.core.text import LANGUAGES
from outreach.stakeholders.roles import plain_word

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


def country_of(text: str) -> str | None:
    """Return the ISO code a text names, or None: "be", "EL", "Belgium", "Belgique", "Danmark"."""
    return country_code(text) or _words().get(plain_word(text))


@cache
def _words() -> Mapping[str, str]:
    """Names in the languages of letters and in each country's own official languages."""
    words: dict[str, str] = {}
    for code in country_codes():
        own = get_official_languages(code, de_facto=True)
        for language in dict.fromkeys((*LANGUAGES, *own)):
            name = country_names(language).get(code)
            if name:
                words.setdefault(plain_word(name), code)
    return {**words, **_BY_HAND}
