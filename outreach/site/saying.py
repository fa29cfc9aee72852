"""Texts as a visitor reads them, each marked with its own language where that is another one."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from markupsafe import Markup

from outreach.core.text import LANGUAGES, LocalText
from outreach.site.words import phrase


@dataclass(frozen=True)
class Said:
    """A text and the language it stands in."""

    text: str
    language: str
    is_foreign: bool
    """Whether the page around it is in another language."""

    @property
    def lang(self) -> Markup:
        """The attribute for the element around it (WCAG 3.1.2); nothing in the page's own."""
        return Markup(' lang="{}"').format(self.language) if self.is_foreign else Markup()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Sayer:
    """Says everything on one page, in one language."""

    language: str

    def phrase(self, name: str, **values: str) -> str:
        """Return a phrase of ours."""
        return phrase(name, self.language, **values)

    def said(self, words: LocalText) -> Said:
        """Return a text in the page's language, or as LocalText lets others stand in."""
        order = (self.language, *LANGUAGES, *words)
        found = next((language for language in order if words.has(language)), self.language)
        return Said(words.get(found, ""), found, found != self.language)

    def day(self, moment: datetime) -> str:
        """Write the day of an aware moment (UTC) as the language does: "2 March 2026"."""
        # Babel's plain "en" writes American dates; our readers are Europeans.
        locale = "en_GB" if self.language == "en" else self.language
        written: str = format_date(moment.date(), "long", locale=locale)
        return written
