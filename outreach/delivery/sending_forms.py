"""The form that starts a warm-up plan."""

import re
from collections.abc import Sequence
from datetime import date

from wtforms import DateField, SelectField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from outreach.mail.warming import MOST_DAYS, MOST_LETTERS, PROPOSED
from outreach.web.forms import Form, choice

_BARE_COMMAS = re.compile(r"\s*\d+(?:,\d+)+\s*")
"""“100,200” read as one number would let a new domain send a thousand times what was meant."""


class WarmUpForm(Form):
    """Which domain warms up, from when on, and how."""

    domain = SelectField("Letters from")
    begins_on = DateField("First day", [InputRequired("Choose the first day.")])
    numbers = TextAreaField(
        "Letters on each day",
        [InputRequired("Write a number of letters for each day.")],
        description="One number a day, for example 50, 100, 200, 400. After the last day nothing "
        "is held back any more.",
    )

    @classmethod
    def of(cls, domains: Sequence[str], today: date) -> "WarmUpForm":
        """Return the form, proposing to double the number from day to day."""
        form = cls(begins_on=today, numbers=", ".join(f"{number:,}" for number in PROPOSED))
        form.domain.choices = [choice(domain, domain) for domain in domains]
        return form

    def validate_numbers(self, field: TextAreaField) -> None:
        """Name what is no number of letters, or may be one or two."""
        if only := _BARE_COMMAS.fullmatch(text := field.data or ""):
            said = only[0].strip()[:40]
            raise ValidationError(
                f"Put a space after each comma: “{said}” may be one number or several."
            )
        words = _words(text)
        wrong = next((word for word in words if not word.isdecimal() or int(word) < 1), None)
        if wrong is not None:
            raise ValidationError(f"“{wrong[:40]}” is not a number of letters.")
        if len(words) > MOST_DAYS or any(int(word) > MOST_LETTERS for word in words):
            raise ValidationError(f"Write at most {MOST_DAYS} days of {MOST_LETTERS:,} letters.")

    @property
    def ceilings(self) -> list[int]:
        """The numbers, day by day."""
        return [int(word) for word in _words(self.numbers.data or "")]


def _words(text: str) -> list[str]:
    # "1,500" is one number, "50, 100" are two.
    joined = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return [word[:20] for word in re.split(r"[\s,;]+", joined) if word]
