"""Forms of the first step: details, audience, and the lines in other languages."""

from collections.abc import Sequence
from dataclasses import dataclass

from wtforms import (
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from outreach.core.text import LANGUAGES
from outreach.mailings.audience import Audience
from outreach.mailings.audience_form import AudienceForm, People
from outreach.mailings.choosing import Checks, options
from outreach.mailings.models import Mailing
from outreach.mailings.services import Details
from outreach.projects.models import List
from outreach.results.models import Result
from outreach.web.filters import language_name
from outreach.web.forms import Form, choice


@dataclass(frozen=True, slots=True)
class Choices:
    """What a details form offers."""

    lists: Sequence[List]
    results: Sequence[Result]
    people: People


LETTER_LANGUAGES = [choice(code, language_name(code)) for code in LANGUAGES]


class DetailsForm(AudienceForm):
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
            **cls.values_of(audience),
        )
        form._offer(mailing, audience, choices)
        return form

    def _offer(self, mailing: Mailing, audience: Audience, choices: Choices) -> None:
        own = mailing.mailing_list
        lists = {each.id: str(each.name) for each in (own, *choices.lists)}
        results = {each.id: result_label(each) for each in (*choices.results, *mailing.results)}
        self.list_id.choices = options(lists.items())
        self.result_ids.choices = options(results.items())
        self.offer_people(audience, choices.people)

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


class LinesForm(Form):
    """Subject and preview line in another language."""

    lock_version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    subject = StringField("Subject", [Length(max=250)])
    preheader = StringField("Preview line", [Length(max=250)])


def result_label(result: Result) -> str:
    """Name a result with its project, and say when nobody outside sees it yet."""
    state = "" if result.published_at else ", not published"
    return f"{result.title} ({result.project.acronym}{state})"
