"""Every language says everything, with the same gaps to fill."""

import re

import pytest

from outreach.core.text import LANGUAGES
from outreach.stakeholders.phrases import PHRASES

GAP = re.compile(r"\{\w*\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_all_phrases_with_their_gaps(language: str) -> None:
    english, texts = PHRASES.texts["en"], PHRASES.texts[language]

    assert texts.keys() == english.keys()
    for name, text in english.items():
        assert set(GAP.findall(texts[name])) == set(GAP.findall(text)), name
        assert texts[name].strip()


def test_a_language_we_do_not_speak_is_answered_in_english() -> None:
    assert PHRASES.say("xx", "privacy") == "Privacy"


def test_a_filled_gap_is_not_filled_again() -> None:
    assert "{address}" in PHRASES.say("en", "leave_title", list="{address}")
