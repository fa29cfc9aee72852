"""Every language says everything, with the same gaps to fill."""

import re

import pytest

from outreach.core.text import LANGUAGES
from outreach.stakeholders.phrases import PHRASES
from outreach.web.errors import PHRASES as ERROR_PHRASES
from outreach.web.phrasebook import PhraseBook

GAP = re.compile(r"\{\w*\}")


@pytest.mark.parametrize("book", [PHRASES, ERROR_PHRASES], ids=["stakeholders", "errors"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_all_phrases_with_their_gaps(language: str, book: PhraseBook) -> None:
    english, texts = book.texts["en"], book.texts[language]

    assert texts.keys() == english.keys()
    for name, text in english.items():
        assert set(GAP.findall(texts[name])) == set(GAP.findall(text)), name
        assert texts[name].strip()


def test_a_language_we_do_not_speak_is_answered_in_english() -> None:
    assert PHRASES.say("xx", "privacy") == "Privacy"


def test_a_filled_gap_is_not_filled_again() -> None:
    assert "{address}" in PHRASES.say("en", "leave_title", list="{address}")
