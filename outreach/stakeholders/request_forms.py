"""Staff's forms about requests of people."""

from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, Field, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from outreach.stakeholders.models import RequestKind
from outreach.web.forms import Form, choice

OLDEST = timedelta(days=366)


class RequestForm(Form):
    """A request that came by mail, by phone or in person."""

    kind = SelectField(
        "What do they ask for?", choices=[choice(kind, kind.label) for kind in RequestKind]
    )
    received_on = DateField(
        "When did it reach you?",
        [DataRequired("Choose a day.")],
        description="The month begins on this day, whenever it is entered here.",
    )
    note = StringField(
        "Note",
        [Length(max=400)],
        description="What was said, and how it came. It goes when the person is erased.",
    )

    def count_from(self, today: date) -> None:
        """Measure days by `today`."""
        self._today = today
        if not self.is_submitted():
            self.received_on.data = today

    @property
    def received_at(self) -> datetime:
        """The moment (UTC) from which the month is counted."""
        return datetime.combine(self.received_on.data or self._today, time(12), UTC)

    def validate_received_on(self, field: Field) -> None:
        """Nothing reaches anybody tomorrow."""
        if not self._today - OLDEST <= field.data <= self._today:
            raise ValidationError("Choose a day of the past year, today at the latest.")


class AnswerForm(Form):
    """What was done about a request."""

    outcome = StringField(
        "What was done?",
        [DataRequired("Say what was done, or why nothing was."), Length(max=400)],
        description="“Sent all as CSV by mail, 3 December.” No personal data: this line stays.",
    )
