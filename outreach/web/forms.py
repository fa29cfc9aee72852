"""The parents of our forms: tidy text in, domain values out, a token against forged posts."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag behind

from outreach.web.i18n import ERROR_WORDS

FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, 0xE000, 0xE001, 0xFEFF])
"""Control characters, and the two private ones that mark a letter's slots."""


def choice(value: str, label: str) -> Any:
    """Return one option of a select field: WTForms 3.3 warns about plain pairs."""
    return SelectChoice(value, label)


def tidy(value: Any) -> Any:
    """Strip a text of control characters and of white space around it; leave the rest alone."""
    if not isinstance(value, str):
        return value
    # A lone surrogate is no text: it cannot be written to a file, a letter or a database.
    whole = value.encode("utf-8", "ignore").decode("utf-8")
    return whole.translate(FORBIDDEN).replace("\r\n", "\n").strip()


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form of staff: carries a CSRF token bound to the session."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """WTForms' hook: every text field is tidied."""

        error_word = ERROR_WORDS["en"]
        """What is read out before a complaint, in the language of the form."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Read forms from forms alone: Flask-WTF would take any JSON and fail on most of it."""
            is_given = formdata is None or hasattr(formdata, "getlist")
            if not is_given and request.is_json:
                return ImmutableMultiDict[str, str]()
            return super().wrap_formdata(form, formdata)

        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            """Put `tidy` before a field's own filters."""
            filters = [*unbound.kwargs.get("filters", ()), *options.get("filters", ())]
            return unbound.bind(form=form, **{**options, "filters": [_tidy_field, *filters]})

    @property
    def first_error(self) -> str:
        """The first complaint, for places with room for one line."""
        return next((str(errors[0]) for errors in self.errors.values() if errors), "")


class PublicForm(Form):
    """A form of a public page: no session, no cookie, and so nothing a forged post could use."""

    class Meta(Form.Meta):
        """WTForms' hook: no CSRF token."""

        csrf = False


def _tidy_field(value: Any) -> Any:
    if isinstance(value, FileStorage):
        return value
    return [tidy(item) for item in value] if isinstance(value, list) else tidy(value)
