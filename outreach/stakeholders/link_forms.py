"""Staff's form for a sign-up link."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, Field, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from outreach.projects.models import List
from outreach.stakeholders.forms import Checks
from outreach.stakeholders.models import Role, Topic
from outreach.web.forms import Form, choice

LONGEST_LIFE = timedelta(days=400)


class SignUpLinkForm(Form):
    """One occasion at which people are invited to subscribe."""

    label = StringField(
        "Occasion",
        [DataRequired("Name the occasion."), Length(max=200)],
        description="As those who were there would name it: “Urban Forum, Ghent, 3 December”. It "
        "is shown on the form and kept as the source of their consent.",
    )
    list_id = SelectField("List", [DataRequired("Choose a list.")])
    roles = Checks("Roles ticked beforehand", description="People can choose others.")
    topic = SelectField("Topic they care about", description="Noted with everybody who signs up.")
    last_day = DateField(
        "Last day",
        [DataRequired("Choose a day.")],
        description="After it the link leads to the ordinary form.",
    )

    def offer(
        self, lists: Iterable[List], roles: Iterable[Role], topics: Iterable[Topic], today: date
    ) -> None:
        """Offer lists, roles and topics; `today` is what a last day is measured by."""
        self._today = today
        self.list_id.choices = [choice(str(found.id), found.name.pick()) for found in lists]
        self.roles.choices = [choice(role.slug, role.name.pick()) for role in roles]
        named = [choice(str(topic.id), topic.name.pick()) for topic in topics]
        self.topic.choices = [choice("", "None"), *named]
        if not self.is_submitted():
            self.last_day.data = today + timedelta(days=14)

    @property
    def expires_at(self) -> datetime:
        """The moment (UTC) at which the last day is over."""
        last_day = self.last_day.data or self._today
        return datetime.combine(last_day + timedelta(days=1), time(), UTC)

    def validate_last_day(self, field: Field) -> None:
        """A link neither ends before it begins nor stays open for ever."""
        if not self._today <= field.data <= self._today + LONGEST_LIFE:
            raise ValidationError("Choose a day from today on, within about a year.")
