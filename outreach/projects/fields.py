"""Form fields about projects and results: checked texts, and one text in several languages."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from wtforms import Field, Form, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from outreach.core.countries import country_choices as all_countries
from outreach.core.errors import Refusal
from outreach.core.text import LANGUAGES, LocalText
from outreach.projects import checks
from outreach.web.filters import language_name
from outreach.web.forms import choice

F = TypeVar("F", bound=type)
MakeField = Callable[[str], Any]
"""Takes the language's name, gives an unbound field."""

EUROPEAN = (
    *LANGUAGES,
    *("bg", "cs", "el", "et", "fi", "ga", "hr", "hu", "is", "it", "lt", "lv", "mt"),
    *("no", "pl", "pt", "ro", "sk", "sl", "sq", "sr", "sv", "tr", "uk"),
)
"""Languages documents are written in, ours first; what readers see of us exists in ours."""


def checked(check: Callable[[str], object]) -> Callable[[Form, Field], None]:
    """Return a validator that complains in the words of a check of `projects.checks`."""

    def validate(_form: Form, field: Field) -> None:
        try:
            check(field.data or "")
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal

    return validate


def on_one_line(value: Any) -> Any:
    """Put a text on one line; a filter of fields."""
    return checks.one_line(value) if isinstance(value, str) else value


def text_line(label: str, longest: int, *validators: Any, **options: Any) -> Any:
    """Return a field for one line of text."""
    checks_ = [Length(max=longest, message=f"Use at most {longest} characters."), *validators]
    return StringField(label, checks_, filters=[on_one_line], **options)


def local_line(label: str, longest: int = 200) -> MakeField:
    """Return what makes a line of text for each language."""
    return lambda language: text_line(f"{label} in {language}", longest)


def local_area(label: str, longest: int = 20_000) -> MakeField:
    """Return what makes a larger text for each language."""
    limit = Length(max=longest, message=f"Use at most {longest} characters.")
    return lambda language: TextAreaField(f"{label} in {language}", [limit])


def localised(**fields: MakeField) -> Callable[[F], F]:
    """Return a class decorator that gives a form `title_en`, `title_de`, … for each of `fields`."""

    def decorate(form_class: F) -> F:
        for name, make in fields.items():
            for language in LANGUAGES:
                setattr(form_class, f"{name}_{language}", make(language_name(language)))
        return form_class

    return decorate


def local_text(form: Form, name: str) -> LocalText:
    """Return what was typed into all languages of one text."""
    return LocalText({language: form[f"{name}_{language}"].data or "" for language in LANGUAGES})


def spread(**texts: LocalText) -> dict[str, str]:
    """Return the starting values of localised fields, for the form's `data`."""
    return {
        f"{name}_{language}": text
        for name, words in texts.items()
        for language, text in words.items()
    }


def country_choices() -> list[Any]:
    """Return the options of a country field, by name, "not said" first."""
    return [choice("", "Not said"), *(choice(code, name) for code, name in all_countries())]


def language_choices(languages: Sequence[str] = EUROPEAN) -> list[Any]:
    """Return the options of a language field."""
    return [choice(language, language_name(language)) for language in languages]
