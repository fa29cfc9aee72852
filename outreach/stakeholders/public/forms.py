"""The forms a stakeholder fills in without signing in; `speak` gives them the page's language."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, SelectField, StringField, ValidationError

from outreach.core.countries import countries_in, country_codes
from outreach.core.errors import Refusal
from outreach.core.text import LANGUAGES
from outreach.projects.models import List
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.forms import Checks
from outreach.stakeholders.models import Purpose, Role, Tier, Topic
from outreach.stakeholders.phrases import PHRASES
from outreach.web.filters import language_name
from outreach.web.forms import PublicForm, choice
from outreach.web.i18n import ERROR_WORDS
from outreach.web.phrasebook import Speaker

LONGEST_NAME, LONGEST_ROLE = 200, 100
TOPICS_SHOWN = 40


def headed(text: str) -> str:
    """Return a name as a heading writes it: "policy-maker" → "Policy-maker"."""
    return text[:1].upper() + text[1:]


class SpeakingForm(PublicForm):
    """A form in the page's language."""

    phrase: Speaker

    def label(self, language: str, *names: str) -> None:
        """Label fields by the phrases of the same name."""
        self.phrase = PHRASES.speaker(language)
        self.meta.error_word = ERROR_WORDS[language]
        for name in names:
            self[name].label.text = self.phrase(name)

    def offer_roles(self, field: Checks, roles: Sequence[Role], language: str) -> dict[str, str]:
        """Offer roles by name; returns their examples, for the lines beneath."""
        field.choices = [choice(role.slug, headed(role.name.pick(language))) for role in roles]
        return {role.slug: role.example.pick(language) for role in roles}

    def check_length(self, field: Any, limit: int) -> None:
        """Refuse what is too long to be kept whole."""
        if len(field.data or "") > limit:
            raise ValidationError(self.phrase("too_long", limit=str(limit)))

    def check_address(self, field: Any) -> None:
        """Refuse what no letter can be written to."""
        if not field.data:
            raise ValidationError(self.phrase("missing_email"))
        try:
            normalise(field.data)
        except Refusal as refusal:
            raise ValidationError(self.phrase("bad_email")) from refusal


class SubscribeForm(SpeakingForm):
    """An address, a role, a consent."""

    email = StringField()
    lists = Checks(validate_choice=False)
    roles = Checks(validate_choice=False)
    other_role = StringField()
    consent = BooleanField()
    homepage = StringField()
    """The trap: people cannot see it."""

    examples: dict[str, str]
    offered_lists: dict[str, int]

    def speak(self, language: str, lists: Sequence[List], roles: Sequence[Role]) -> None:
        """Label the fields, and offer lists and roles."""
        self.label(language, "email", "other_role")
        self.lists.label.text = self.phrase("lists_label")
        self.roles.label.text = self.phrase("roles_label")
        self.homepage.label.text = self.phrase("trap")
        self.examples = self.offer_roles(self.roles, roles, language)
        # Plain values: what is loaded now is expired once the transaction opens.
        self.offered_lists = {found.slug: found.id for found in lists}
        named = {found.slug: found.name.pick(language) for found in lists}
        self.lists.choices = [choice(slug, name) for slug, name in named.items()]
        only = next(iter(named.values()), "")
        chosen = only if len(named) == 1 else self.phrase("chosen_lists")
        self.consent.label.text = self.phrase("consent_newsletter", list=chosen)

    @property
    def list_ids(self) -> tuple[int, ...]:
        """The lists that were chosen, or the only one there is."""
        if len(self.offered_lists) == 1:
            return tuple(self.offered_lists.values())
        chosen = set(self.lists.data or ())
        return tuple(key for slug, key in self.offered_lists.items() if slug in chosen)

    @property
    def role_slugs(self) -> tuple[str, ...]:
        """The roles that were chosen, of those we have."""
        chosen = set(self.roles.data or ())
        return tuple(slug for slug in self.examples if slug in chosen)

    def validate_email(self, field: StringField) -> None:
        """The letter must be able to go there."""
        self.check_address(field)

    def validate_lists(self, _field: Checks) -> None:
        """Something must be subscribed to."""
        if not self.list_ids:
            raise ValidationError(self.phrase("missing_list"))

    def validate_roles(self, _field: Checks) -> None:
        """A role is why we write at all."""
        if not self.role_slugs and not self.other_role.data:
            raise ValidationError(self.phrase("missing_role"))

    def validate_other_role(self, field: StringField) -> None:
        """Staff read it in one line."""
        self.check_length(field, LONGEST_ROLE)

    def validate_consent(self, field: BooleanField) -> None:
        """Without consent nobody is written to."""
        if not field.data:
            raise ValidationError(self.phrase("missing_consent"))


class MoreForm(SpeakingForm):
    """What somebody may add once they are on the list; everything is optional."""

    name = StringField()
    organisation = StringField()
    country = SelectField(validate_choice=False)
    language = SelectField(validate_choice=False)
    level = SelectField(validate_choice=False)
    topics = Checks(validate_choice=False)
    measurement = BooleanField()
    invitations = BooleanField()

    offered_topics: frozenset[str]

    def speak(self, language: str, topics: Sequence[Topic], *, has_level: bool) -> None:
        """Label the fields, and offer countries, languages and topics; levels only to those whose
        role has one, since every question makes the page longer."""
        self.label(language, "name", "organisation", "country", "language", "level", "topics")
        self.measurement.label.text = self.phrase("consent_measurement")
        self.invitations.label.text = self.phrase("consent_event_invitation")
        nothing = choice("", self.phrase("rather_not"))
        self.country.choices = [nothing, *country_options(language)]
        self.language.choices = [
            choice(code, headed(language_name(code, code))) for code in LANGUAGES
        ]
        levels = [choice(tier.value, self.phrase(f"level_{tier.value}")) for tier in Tier]
        self.level.choices = [nothing, *levels]
        if not has_level:
            del self.level
        self.offered_topics = frozenset(topic.slug for topic in topics)
        self.topics.choices = [choice(topic.slug, topic.name.pick(language)) for topic in topics]

    @property
    def agreed(self) -> tuple[Purpose, ...]:
        """What was agreed to besides letters."""
        boxes = (
            (Purpose.MEASUREMENT, self.measurement),
            (Purpose.EVENT_INVITATION, self.invitations),
        )
        return tuple(purpose for purpose, box in boxes if box.data)

    @property
    def tier(self) -> Tier | None:
        """The level that was chosen, if it was asked and is one."""
        if "level" not in self:
            return None
        return next((tier for tier in Tier if tier.value == self.level.data), None)

    @property
    def country_code(self) -> str | None:
        """The country that was chosen, if it is one."""
        return next((code for code in country_codes() if code == self.country.data), None)

    @property
    def language_code(self) -> str:
        """The language that was chosen, if we speak it; else ""."""
        return self.language.data if self.language.data in LANGUAGES else ""

    @property
    def topic_slugs(self) -> tuple[str, ...]:
        """The topics that were chosen, of those that were offered."""
        return tuple(slug for slug in self.topics.data or () if slug in self.offered_topics)

    def validate_name(self, field: StringField) -> None:
        """A name fits on an envelope."""
        self.check_length(field, LONGEST_NAME)

    def validate_organisation(self, field: StringField) -> None:
        """So does an organisation."""
        self.check_length(field, LONGEST_NAME)


def country_options(language: str) -> list[Any]:
    """Return all countries by their names in a language."""
    return [choice(code, name) for code, name in countries_in(language)]
