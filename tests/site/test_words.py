"""Phrases of public pages exist in every language and take the same values."""

import re

import pytest

from outreach.core.text import LANGUAGES
from outreach.site.words import NAMES, phrase


@pytest.mark.parametrize("name", NAMES)
def test_a_phrase_is_said_in_every_language(name: str) -> None:
    said = {language: phrase(name, language, site="example.org") for language in LANGUAGES}

    assert all(said.values())
    assert len({"example.org" in text for text in said.values()}) == 1
    assert not any(re.search(r"[{}]", text) for text in said.values())


def test_a_language_we_do_not_speak_gets_english() -> None:
    assert phrase("ask", "fi") == "Ask a question"
