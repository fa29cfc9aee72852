"""Forms around sending: tests, the schedule, its acts."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from outreach.core.errors import Refusal
from outreach.core.zones import zones
from outreach.mail.addresses import wire_address
from outreach.mailings.models import Mailing
from outreach.mailings.moments import Moment
from outreach.web.forms import Form, choice

MOST_TESTERS = 5
SOON_HOUR = 9
"""What the schedule proposes: tomorrow at nine."""


class TestForm(Form):
    """Who gets a test."""

    __test__ = False
    addresses = TextAreaField(
        "Send a test to",
        [InputRequired("Write at least one address.")],
        description="Up to five addresses, separated by commas or on lines of their own.",
    )
    role_id = SelectField("As it reads for", coerce=int)
    reads = SelectField("In", validators=[Optional()])

    def validate_addresses(self, field: TextAreaField) -> None:
        """Check every address, naming the one that is none."""
        if len(self.testers) > MOST_TESTERS:
            raise ValidationError(f"Write at most {MOST_TESTERS} addresses.")
        for address in self.testers:
            try:
                wire_address(address)
            except Refusal as error:
                raise ValidationError(str(error)) from error

    @property
    def testers(self) -> list[str]:
        """The addresses, each once."""
        written = re.split(r"[\s,;]+", self.addresses.data or "")
        return list(dict.fromkeys(address for address in written if address))


class ScheduleForm(Form):
    """When it goes out."""

    when = RadioField(
        "When", choices=[choice("later", "At a moment I choose"), choice("now", "Now")]
    )
    date = DateField("Date", [Optional()])
    time = TimeField("Time", [Optional()])
    zone = SelectField(
        "Time zone", choices=[choice(name, name.replace("_", " ")) for name in zones()]
    )

    is_local = BooleanField(
        "At this time where each reader is",
        description="In a country that has one time, readers get it at this time there. Where a "
        "country has several, or is not known, the time zone above counts.",
    )

    @classmethod
    def of(cls, mailing: Mailing, zone: str, *, now: datetime) -> "ScheduleForm":
        """Return the form, proposing what a file proposed, or tomorrow at nine in `zone`."""
        proposed = _proposal(mailing, zone, now)
        named = mailing.due_zone or zone
        form = cls(when="later", date=proposed.date(), time=proposed.time(), zone=named)
        if named not in zones():
            form.zone.choices = [choice(named, named), *(form.zone.choices or ())]
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for date and time where a moment is chosen; fields left empty check nothing."""
        is_sound = bool(super().validate(extra_validators))
        if is_sound and self.when.data == "later" and not (self.date.data and self.time.data):
            self.date.errors = ["Choose a date and a time, for example 2026-12-01 and 09:00."]
            return False
        return is_sound

    @property
    def moment(self) -> Moment | None:
        """The moment that was chosen; None for now."""
        if self.when.data == "now":
            return None
        return Moment(f"{self.date.data:%Y-%m-%d} {self.time.data:%H:%M}", self.zone.data)


class PauseForm(Form):
    """Why it is held."""

    reason = StringField("Why", [Length(max=400)], description="Shown with the mailing.")


class ActForm(Form):
    """A button: nothing but the token against forged posts and what the page was made of."""

    lock_version = IntegerField(validators=[Optional()])


def _proposal(mailing: Mailing, zone: str, now: datetime) -> datetime:
    if mailing.due_local:
        return datetime.fromisoformat(mailing.due_local)
    tomorrow = now.astimezone(ZoneInfo(zone)) + timedelta(days=1)
    return tomorrow.replace(hour=SOON_HOUR, minute=0)
