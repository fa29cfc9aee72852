"""The reader's language on public pages and letters: chosen, else asked for by the browser."""

from flask import request

from outreach.core.text import LANGUAGES

ERROR_WORDS = {
    "en": "Error",
    "de": "Fehler",
    "fr": "Erreur",
    "nl": "Fout",
    "da": "Fejl",
    "es": "Error",
}
"""What screen readers say before a field's complaint, by language."""


def page_language() -> str:
    """Return this page's language (ISO 639-1): `?lang=`, else Accept-Language, else English."""
    chosen = request.args.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"
