"""What public pages and short letters say, one file per language, so that translators find it.

A file holds `name = "text"` lines (TOML); every language has the same names, which a test checks.
Braces are filled by `say`; they are ours, never a user's.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from babel.dates import format_date

from outreach.core.text import LANGUAGES


class Speaker(Protocol):
    """Says a phrase in the language of one page."""

    def __call__(self, name: str, **values: str) -> str: ...


@dataclass(frozen=True)
class PhraseBook:
    """The phrases of one room: {language: {name: text}}."""

    texts: Mapping[str, Mapping[str, str]]

    def say(self, language: str, name: str, **values: str) -> str:
        """Return a phrase in a language, in English where we do not speak it."""
        texts = self.texts.get(language, self.texts["en"])
        return texts[name].format(**values)

    def speaker(self, language: str) -> Speaker:
        """Return what says phrases in one language."""
        return partial(self.say, language)


def read_phrases(folder: Path) -> PhraseBook:
    """Read `<language>.toml` of every language we speak."""
    return PhraseBook(
        {
            language: tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
            for language in LANGUAGES
        }
    )


def day_in(language: str, moment: datetime) -> str:
    """Write the day of a moment (UTC) as a language does: "2 March 2026"."""
    # Babel's plain "en" writes American dates; our readers are Europeans.
    locale = "en_GB" if language == "en" else language
    written: str = format_date(moment.date(), "long", locale=locale)
    return written
