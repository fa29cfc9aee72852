"""Staff's forms about people; they return what the services take."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from outreach.core.countries import country_choices
from outreach.core.errors import Refusal
from outreach.core.text import LANGUAGES
from outreach.projects.models import List
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.models import Basis, Purpose, Role, Stakeholder, Tier
from outreach.stakeholders.people import PersonData
from outreach.web.filters import language_name
from outreach.web.forms import Form, choice

LEVELS = {
    Tier.MUNICIPALITY: "City or municipality",
    Tier.REGION: "Region",
    Tier.COUNTRY: "Country",
    Tier.EU: "European Union",
    Tier.INTERNATIONAL: "International",
}
BASES = {
    Basis.CONSENT: "Consent: the person agreed",
    Basis.PUBLIC_TASK: "Public task of your organisation",
    Basis.LEGITIMATE_INTEREST: "Legitimate interest (not for public authorities' own tasks)",
    Basis.CONTRACT: "Contract with the person",
    Basis.UNKNOWN: "Unknown: kept, but never mailed",
}
_SOURCE_HINT = "Say it so that the person would recognise it: “card given at the forum in Ghent”."


def source_field(label: str = "Where do we have this from?") -> StringField:
    required = DataRequired("Say where we have this from: the law asks for it (GDPR Art. 14).")
    return StringField(label, [required, Length(max=400)], description=_SOURCE_HINT)


class Checks(SelectMultipleField):
    """Several choices as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(Form):
    """A person as staff describe them."""

    refusal: Refusal | None = None
    """Why the service refused; the page leads to the person who has the address already."""
    email = EmailField("E-mail address", [DataRequired("Enter an address."), Length(max=254)])
    name = StringField("Name", [Length(max=200)])
    given_name = StringField(
        "First name", [Length(max=100)], description="How letters may address the person."
    )
    roles = Checks("Roles", description="In which role the person reads us; several are fine.")
    tier = SelectField("Level", [Optional()], description="For policy-makers and politicians.")
    organisation = StringField("Organisation", [Length(max=200)])
    job_title = StringField("Position", [Length(max=200)])
    country = SelectField("Country", [Optional()])
    language = SelectField("Language of letters")
    topics = StringField(
        "Topics", [Length(max=500)], description="What the person asked to hear about, by commas."
    )
    tags = StringField(
        "Tags", [Length(max=500)], description="Your own private labels, separated by commas."
    )
    source = source_field("Where do we have this person from?")

    def offer(self, roles: Iterable[Role]) -> None:
        """Offer the roles of this installation, levels, countries and languages."""
        self._public = {role.slug for role in roles if role.is_public}
        self.roles.choices = [choice(role.slug, role.name.pick()) for role in roles]
        self.tier.choices = [choice("", "None"), *(choice(t, LEVELS[t]) for t in Tier)]
        self.country.choices = [choice("", "Not known"), *(choice(*c) for c in country_choices())]
        self.language.choices = [choice(code, language_name(code)) for code in LANGUAGES]

    @classmethod
    def of(cls, person: Stakeholder, now: datetime) -> "PersonForm":
        """Return the form filled with a person; ticked are the roles held now."""
        plain = ("email", "name", "given_name", "job_title", "country", "language", "source")
        values: dict[str, Any] = {name: getattr(person, name) for name in plain}
        values["tier"] = person.tier or ""
        values["organisation"] = person.organisation.name if person.organisation else ""
        values["roles"] = [held.role.slug for held in person.roles_at(now)]
        values["topics"] = ", ".join(topic.name.pick() for topic in person.topics)
        values["tags"] = ", ".join(tag.name for tag in person.tags)
        return cls(data=values)

    def validate_email(self, field: Field) -> None:
        """Refuse an address no letter can be written to."""
        try:
            normalise(field.data or "")
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal

    def validate_tier(self, field: Field) -> None:
        """Refuse a level without a public role."""
        if field.data and not self._public & set(self.roles.data or ()):
            raise ValidationError("Only policy-makers and politicians have a level. Leave it open.")

    @property
    def person(self) -> PersonData:
        """What was typed."""
        return PersonData(
            email=self.email.data or "",
            name=self.name.data or "",
            given_name=self.given_name.data or "",
            job_title=self.job_title.data or "",
            organisation=self.organisation.data or "",
            country=self.country.data or None,
            language=self.language.data,
            tier=Tier(self.tier.data) if self.tier.data else None,
            source=self.source.data or "",
            topics=_split(self.topics.data),
            tags=_split(self.tags.data),
        )


class ConsentForm(Form):
    """A consent, or another ground, that staff record for a person."""

    list_id = SelectField("List", [DataRequired("Choose a list.")])
    basis = SelectField("On which basis may we write?", [DataRequired("Choose a basis.")])
    source = source_field("How do we know?")
    with_measurement = BooleanField(
        "The person also agreed to be measured individually",
        description="Which letters they open and which briefs they download. Never on another "
        "basis than their own consent.",
    )

    with_events = BooleanField("The person may also be invited to events")

    @property
    def purposes(self) -> list[Purpose]:
        """What is recorded."""
        also = {
            Purpose.MEASUREMENT: self.with_measurement,
            Purpose.EVENT_INVITATION: self.with_events,
        }
        return [Purpose.NEWSLETTER, *(purpose for purpose, box in also.items() if box.data)]

    def offer(self, lists: Iterable[List]) -> None:
        """Offer lists and bases."""
        self.list_id.choices = [choice(str(found.id), found.name.pick()) for found in lists]
        self.basis.choices = [choice(basis, BASES[basis]) for basis in Basis]

    def validate_with_measurement(self, field: Field) -> None:
        """Measurement needs consent (ePrivacy Art. 5(3))."""
        if field.data and self.basis.data != Basis.CONSENT:
            raise ValidationError("Individual measurement needs consent as its basis.")


class ReasonForm(Form):
    """Why staff put an address on the do-not-mail list, or take it off."""

    reason = StringField(
        "Reason",
        [DataRequired("Say why, and who asked for it."), Length(max=300)],
        description="No personal data: this line is kept when the person is erased.",
    )


class EraseForm(Form):
    """A word typed before a person is erased."""

    WORD = "erase"
    word = StringField("Type “erase” to confirm")

    def validate_word(self, field: Field) -> None:
        """Nothing is erased by a slip."""
        if (field.data or "").lower() != self.WORD:
            raise ValidationError("Type the word erase.")


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
