"""The public form and those of staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from outreach.core.text import LANGUAGES
from outreach.mail.addresses import BadAddress
from outreach.questions.faq import LONGEST_ANSWER
from outreach.questions.faq import LONGEST_QUESTION as LONGEST_ENTRY
from outreach.questions.models import QuestionSource
from outreach.questions.places import Place
from outreach.questions.texts import (
    LONGEST_BODY,
    LONGEST_NAME,
    LONGEST_QUESTION,
    LONGEST_SUBJECT,
    headed,
)
from outreach.questions.wordings import AskWords
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.models import Role
from outreach.web.filters import language_name
from outreach.web.forms import Form, PublicForm, choice
from outreach.web.i18n import ERROR_WORDS

EARLIEST, LATEST = 2000, 2100
"""Years in which a question can have been asked: none of them overflows in any zone."""
BY_HAND = (QuestionSource.MAIL, QuestionSource.PHONE, QuestionSource.IN_PERSON)


@dataclass(frozen=True, slots=True)
class OfferedRole:
    """A role as the page's language names and explains it."""

    id: int
    slug: str
    name: str
    example: str


class AskForm(PublicForm):
    """A question by anybody; `speak` gives it the page's language and roles."""

    body = TextAreaField()
    email = StringField()
    name = StringField()
    role = RadioField(default="", validate_choice=False)
    homepage = StringField()
    """The trap: people cannot see it."""
    form_key = HiddenField()
    via = HiddenField()
    mailing = HiddenField()
    result = HiddenField()
    test = HiddenField()

    words: AskWords
    offered: Sequence[OfferedRole]

    def speak(self, words: AskWords, language: str, roles: Sequence[Role]) -> None:
        """Label the fields in a language and offer the roles."""
        self.words = words
        self.meta.error_word = ERROR_WORDS[language]
        self.body.label.text = words.question
        self.email.label.text = f"{words.email} ({words.optional})"
        self.name.label.text = f"{words.name} ({words.optional})"
        self.role.label.text = words.role
        self.homepage.label.text = words.trap
        # Plain values: what is loaded now is expired once the question's transaction opens.
        self.offered = [
            OfferedRole(
                role.id, role.slug, headed(role.name.pick(language)), role.example.pick(language)
            )
            for role in roles
        ]
        named = [choice(role.slug, role.name) for role in self.offered]
        self.role.choices = [*named, choice("", words.no_role)]

    @property
    def role_id(self) -> int | None:
        """The role somebody chose; None for none or one that we lack."""
        chosen = self.role.data
        return next((role.id for role in self.offered if role.slug == chosen), None)

    @property
    def role_name(self) -> str:
        """How the page names the chosen role; "" for none."""
        return next((role.name for role in self.offered if role.slug == self.role.data), "")

    def choose_role(self, role_id: int) -> None:
        """Choose a role beforehand, where it is offered."""
        self.role.data = next((role.slug for role in self.offered if role.id == role_id), "")

    def validate_body(self, field: TextAreaField) -> None:
        """A question is neither empty nor endless."""
        count = len(field.data or "")
        if not count:
            raise ValidationError(self.words.missing)
        if count > LONGEST_QUESTION:
            raise ValidationError(_filled(self.words.too_long, LONGEST_QUESTION, count))

    def validate_email(self, field: StringField) -> None:
        """An answer must be able to go there."""
        if not field.data:
            return
        try:
            normalise(field.data)
        except BadAddress as error:
            raise ValidationError(self.words.bad_email) from error

    def validate_name(self, field: StringField) -> None:
        """A name fits on an envelope."""
        if len(field.data or "") > LONGEST_NAME:
            raise ValidationError(_filled(self.words.name_too_long, LONGEST_NAME, 0))


class AnswerForm(Form):
    """An answer to an asker."""

    body = TextAreaField(
        "Your answer",
        validators=[DataRequired("Write the answer first."), Length(max=LONGEST_BODY)],
    )
    seen = HiddenField()

    @property
    def last_seen(self) -> int | None:
        """The last message the page showed; None when it does not say."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


class NoteForm(Form):
    """A word for colleagues."""

    body = TextAreaField(
        "Note",
        validators=[DataRequired("Write the note first."), Length(max=LONGEST_BODY)],
    )


class EnterForm(Form):
    """A question that came by mail, by phone or in person."""

    source = RadioField(
        "How it came",
        choices=[choice(source.value, source.label) for source in BY_HAND],
        default=QuestionSource.MAIL.value,
    )
    body = TextAreaField(
        "Question",
        validators=[DataRequired("Write down what was asked."), Length(max=LONGEST_BODY)],
    )
    subject = StringField("Subject", validators=[Length(max=LONGEST_SUBJECT)])
    name = StringField("Name", validators=[Length(max=LONGEST_NAME)])
    email = StringField("E-mail")
    about = SelectField("About", choices=[], default="")
    role = SelectField("Role", choices=[], default="")
    language = SelectField(
        "Language",
        choices=[choice(code, language_name(code)) for code in LANGUAGES],
        default="en",
    )
    asked_on = DateField("Asked on", validators=[Optional()])

    def offer(self, offered: Sequence[Place], roles: Sequence[Role]) -> None:
        """Offer what it may be about, and the roles."""
        named = [choice(place.value, place.label) for place in offered]
        self.about.choices = [choice("", "Choose …"), *named]
        known = [choice(role.slug, headed(role.name.pick())) for role in roles]
        self.role.choices = [choice("", "Not known"), *known]

    def validate_email(self, field: StringField) -> None:
        """An answer must be able to go there."""
        if field.data:
            try:
                normalise(field.data)
            except BadAddress as error:
                raise ValidationError(
                    "Write it like ada@example.org, or leave it empty."
                ) from error

    def validate_asked_on(self, field: DateField) -> None:
        """A day of this product's life; one still to come is refused when it is kept."""
        if field.data and not EARLIEST <= field.data.year <= LATEST:
            raise ValidationError("Check the year.")


class EntryForm(Form):
    """An FAQ entry's words in one language."""

    place = SelectField("Stands with", choices=[], default="")
    question = StringField("Question", validators=[Length(max=LONGEST_ENTRY)])
    answer = TextAreaField("Answer", validators=[Length(max=LONGEST_ANSWER)])

    def offer(self, offered: Sequence[Place]) -> None:
        """Offer the pages it may stand on."""
        named = [choice(place.value, place.label) for place in offered]
        self.place.choices = [choice("", "Choose …"), *named]


def _filled(words: str, limit: int, count: int) -> str:
    return words.replace("{limit}", f"{limit}").replace("{count}", f"{count}")
