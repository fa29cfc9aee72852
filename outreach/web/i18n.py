"""The reader's language on public pages and letters: chosen, else asked for by the browser."""

from flask import request

from outreach.core.text import LANGUAGES


def page_language() -> str:
    """Return this page's language (ISO 639-1): `?lang=`, else Accept-Language, else English."""
    chosen = request.args.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"
