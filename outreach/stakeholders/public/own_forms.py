"""The forms by which people reach, correct and move their own data."""

from collections.abc import Sequence
from dataclasses import replace

from wtforms import StringField, ValidationError

from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.forms import Checks
from outreach.stakeholders.models import Role, Topic
from outreach.stakeholders.people import PersonData
from outreach.stakeholders.public.forms import LONGEST_NAME, LONGEST_ROLE, MoreForm, SpeakingForm


class AddressForm(SpeakingForm):
    """An address to which a link to one's own data goes."""

    email = StringField()
    homepage = StringField()
    """The trap: people cannot see it."""

    def speak(self, language: str) -> None:
        """Label the fields."""
        self.label(language, "email")
        self.homepage.label.text = self.phrase("trap")

    def validate_email(self, field: StringField) -> None:
        """The letter must be able to go there."""
        self.check_address(field)


class NewAddressForm(SpeakingForm):
    """The address to which a person's letters are to go from now on."""

    email = StringField()
    own: str = ""
    """The address they have."""

    def speak(self, language: str) -> None:
        """Label the field."""
        self.label(language, "email")
        self.email.label.text = self.phrase("new_address")

    def validate_email(self, field: StringField) -> None:
        """The letter must be able to go there, and elsewhere than before."""
        self.check_address(field)
        if normalise(field.data or "") == self.own:
            raise ValidationError(self.phrase("same_address"))


class OwnForm(MoreForm):
    """What a person corrects about themselves."""

    given_name = StringField()
    job_title = StringField()
    roles = Checks(validate_choice=False)
    other_role = StringField()

    examples: dict[str, str]

    def speak_all(self, language: str, topics: Sequence[Topic], roles: Sequence[Role]) -> None:
        """Label the fields, and offer what there is to choose."""
        self.speak(language, topics, has_level=True)
        self.label(language, "given_name", "job_title", "other_role")
        self.roles.label.text = self.phrase("roles_label")
        self.examples = self.offer_roles(self.roles, roles, language)

    def fill(self, person: PersonData, roles: Sequence[str], other_role: str) -> None:
        """Show what is known."""
        self.other_role.data = other_role
        self.name.data, self.given_name.data = person.name, person.given_name
        self.organisation.data, self.job_title.data = person.organisation, person.job_title
        self.country.data, self.language.data = person.country or "", person.language
        self.level.data = person.tier.value if person.tier else ""
        self.topics.data, self.roles.data = list(person.topics), list(roles)

    def told(self, known: PersonData) -> PersonData:
        """Return what was known with what was typed in its place."""
        return replace(
            known,
            name=self.name.data or "",
            given_name=self.given_name.data or "",
            job_title=self.job_title.data or "",
            organisation=self.organisation.data or "",
            country=self.country_code,
            language=self.language_code or known.language,
            tier=self.tier,
            # A topic that is not offered here is not taken away by leaving it unticked.
            topics=(*self.topic_slugs, *(set(known.topics) - self.offered_topics)),
        )

    @property
    def role_slugs(self) -> tuple[str, ...]:
        """The roles that were chosen, of those we have."""
        chosen = set(self.roles.data or ())
        return tuple(slug for slug in self.examples if slug in chosen)

    def validate_given_name(self, field: StringField) -> None:
        """A first name fits into a greeting."""
        self.check_length(field, 100)

    def validate_other_role(self, field: StringField) -> None:
        """Staff read it in one line."""
        self.check_length(field, LONGEST_ROLE)

    def validate_job_title(self, field: StringField) -> None:
        """A position fits on a line."""
        self.check_length(field, LONGEST_NAME)
