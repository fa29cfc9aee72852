"""LocalText: one text in several languages, with one rule for what to show when one is missing."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Dialect, TypeDecorator

from outreach.core.db import Json

LANGUAGES = ("en", "de", "fr", "nl", "da", "es")
"""The languages of public pages and letters, in the order in which they stand in for each other."""


class LocalText(Mapping[str, str]):
    """{language: text}, immutable; the shape of titles, roles, acknowledgements and wordings."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str] | None = None, /, **more: str) -> None:
        merged = {**(texts or {}), **more}
        self._texts = {language: text for language, text in merged.items() if text.strip()}

    def pick(self, language: str = "en") -> str:
        """Return the text in `language` (ISO 639-1), else its nearest stand-in, else "".

        The order is: the language asked for, English, the other languages in our order, any.
        """
        for candidate in (language, *LANGUAGES, *self._texts):
            if candidate in self._texts:
                return self._texts[candidate]
        return ""

    def has(self, language: str) -> bool:
        """Say whether the text stands in this very language."""
        return language in self._texts

    def with_text(self, language: str, text: str) -> "LocalText":
        """Return a copy that says `text` in `language`; an empty text removes it."""
        return LocalText({**self._texts, language: text})

    def __getitem__(self, language: str) -> str:
        return self._texts[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __str__(self) -> str:
        return self.pick()

    def __repr__(self) -> str:
        return f"LocalText({self._texts!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._texts.items())))


class LocalTextType(TypeDecorator[LocalText]):
    """A LocalText in one JSON column."""

    impl = Json
    cache_ok = True

    def process_bind_param(
        self, value: LocalText | None, dialect: Dialect
    ) -> dict[str, str] | None:
        return None if value is None else dict(value)

    def process_result_value(
        self, value: dict[str, str] | None, dialect: Dialect
    ) -> LocalText | None:
        return None if value is None else LocalText(value)
