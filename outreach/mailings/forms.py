"""Forms of the first step: details, audience, and the lines in other languages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from outreach.core.text import LANGUAGES
from outreach.mailings.audience import Audience
from outreach.mailings.models import Mailing
from outreach.mailings.services import Details
from outreach.mailings.words import LEVELS
from outreach.projects.models import List
from outreach.results.models import Result
from outreach.stakeholders.models import Role, Segment, Tier
from outreach.web.filters import country_name, language_name
from outreach.web.forms import Form, choice


@dataclass(frozen=True, slots=True)
class Choices:
    """What a details form offers."""

    lists: Sequence[List]
    results: Sequence[Result]
    roles: Sequence[Role]
    countries: Sequence[str]
    languages: Sequence[str]
    segments: Sequence[Segment]
    sent: Sequence[tuple[int, str]] = ()
    """Mailings that went out, by id, whose readers can be left out."""


class Checks(SelectMultipleField):
    """Several choices as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def options(pairs: Iterable[tuple[object, str]], present: Iterable[object] = ()) -> list[Any]:
    """Return choices; what is chosen and no longer offered stays choosable under its own name."""
    offered = {str(value): label for value, label in pairs}
    kept = {str(value): f"{value} (no longer offered)" for value in present}
    return [choice(value, label) for value, label in {**kept, **offered}.items()]


LETTER_LANGUAGES = [choice(code, language_name(code)) for code in LANGUAGES]


class DetailsForm(Form):
    """Details and audience of a mailing."""

    lock_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    title = StringField(
        "Name",
        [InputRequired("Give it a name; only staff see it."), Length(max=200)],
        description="Only staff see it.",
    )
    list_id = SelectField(
        "List", coerce=int, description="Whose readers it goes to; they can leave this list."
    )
    result_ids = Checks("Results it announces", coerce=int)
    language = SelectField("Language of the letter", choices=LETTER_LANGUAGES)
    subject = StringField(
        "Subject",
        [Length(max=250, message="Keep it under 250 letters.")],
        description="About 60 characters show on a phone. {name|colleague} puts in the reader's "
        "name, or “colleague” where we do not know it.",
    )
    preheader = StringField(
        "Preview line",
        [Length(max=250, message="Keep it under 250 letters.")],
        description="Inboxes show it after the subject: one sentence that goes on from there.",
    )
    spoken = Checks(
        "Also said in",
        choices=LETTER_LANGUAGES,
        description="Readers of these languages get it in theirs once you translated it under "
        "Content; all others get the language above.",
    )
    role_ids = Checks("Roles", coerce=int)
    tiers = Checks(
        "Levels",
        choices=[choice(tier.value, LEVELS[tier]) for tier in Tier],
        description="Narrows policy-makers and politicians; other roles get it at every level.",
    )
    countries = Checks("Countries")
    languages = Checks("Languages of readers")
    segment_ids = Checks(
        "Segments",
        coerce=int,
        description="Whoever belongs to any of them, one copy each. What you choose beside them "
        "narrows them.",
    )
    is_invitation = BooleanField(
        "It invites to an event",
        description="Then it goes only to those who agreed to be invited to events of this list.",
    )
    not_role_ids = Checks("Who holds one of these roles", coerce=int)
    not_segment_ids = Checks("Who belongs to one of these segments", coerce=int)
    not_mailing_ids = Checks(
        "Who got one of these mailings",
        coerce=int,
        description="Also whoever is about to get it, while it is being sent.",
    )

    @classmethod
    def of(cls, mailing: Mailing, audience: Audience, choices: Choices) -> "DetailsForm":
        """Return the form of a mailing, filled with what was posted or else with what is saved."""
        form = cls(
            lock_version=mailing.lock_version,
            title=mailing.title,
            list_id=mailing.list_id,
            language=mailing.language,
            subject=mailing.subject,
            preheader=mailing.preheader,
            result_ids=[result.id for result in mailing.results],
            spoken=list(mailing.content.get("languages", ())),
            role_ids=list(audience.role_ids),
            tiers=[tier.value for tier in audience.tiers],
            countries=list(audience.countries),
            languages=list(audience.languages),
            segment_ids=list(audience.segment_ids),
            is_invitation=audience.is_invitation,
            not_role_ids=list(audience.not_role_ids),
            not_segment_ids=list(audience.not_segment_ids),
            not_mailing_ids=list(audience.not_mailing_ids),
        )
        form._offer(mailing, audience, choices)
        return form

    def _offer(self, mailing: Mailing, audience: Audience, choices: Choices) -> None:
        own = mailing.mailing_list
        lists = {each.id: str(each.name) for each in (own, *choices.lists)}
        results = {each.id: result_label(each) for each in (*choices.results, *mailing.results)}
        self.list_id.choices = options(lists.items())
        self.result_ids.choices = options(results.items())
        roles = [(role.id, str(role.plural)) for role in choices.roles]
        self.role_ids.choices = options(roles, audience.role_ids)
        self.not_role_ids.choices = options(roles, audience.not_role_ids)
        countries = sorted((country_name(code), code) for code in choices.countries)
        self.countries.choices = options(
            ((code, name) for name, code in countries), audience.countries
        )
        languages = ((code, language_name(code)) for code in choices.languages)
        self.languages.choices = options(languages, audience.languages)
        segments = [(segment.id, segment.name) for segment in choices.segments]
        self.segment_ids.choices = options(segments, audience.segment_ids)
        self.not_segment_ids.choices = options(segments, audience.not_segment_ids)
        self.not_mailing_ids.choices = options(choices.sent, audience.not_mailing_ids)

    @property
    def details(self) -> Details:
        """The details as they were typed; only after validation."""
        return Details(
            title=self.title.data or "",
            list_id=self.list_id.data,
            subject=self.subject.data or "",
            preheader=self.preheader.data or "",
            language=self.language.data,
            result_ids=tuple(self.result_ids.data or ()),
        )

    @property
    def languages_spoken(self) -> tuple[str, ...]:
        """The languages it is said in besides its own."""
        return tuple(code for code in self.spoken.data or () if code != self.language.data)

    @property
    def left_out(self) -> int:
        """How many choices leave somebody out."""
        groups = (self.not_role_ids, self.not_segment_ids, self.not_mailing_ids)
        return sum(len(group.data or ()) for group in groups)

    @property
    def audience(self) -> Audience:
        """Who is chosen; only after validation."""
        return Audience(
            role_ids=tuple(self.role_ids.data or ()),
            tiers=tuple(Tier(value) for value in self.tiers.data or ()),
            countries=tuple(self.countries.data or ()),
            languages=tuple(self.languages.data or ()),
            segment_ids=tuple(self.segment_ids.data or ()),
            not_role_ids=tuple(self.not_role_ids.data or ()),
            not_segment_ids=tuple(self.not_segment_ids.data or ()),
            not_mailing_ids=tuple(self.not_mailing_ids.data or ()),
            is_invitation=bool(self.is_invitation.data),
        )


class LinesForm(Form):
    """Subject and preview line in another language."""

    lock_version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    subject = StringField("Subject", [Length(max=250)])
    preheader = StringField("Preview line", [Length(max=250)])


def result_label(result: Result) -> str:
    """Name a result with its project, and say when nobody outside sees it yet."""
    state = "" if result.published_at else ", not published"
    return f"{result.title} ({result.project.acronym}{state})"
