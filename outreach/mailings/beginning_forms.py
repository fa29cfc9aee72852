"""Forms to begin a mailing with: a result, nothing, a template, a Markdown file."""

from collections.abc import Sequence

from flask_wtf.file import FileField
from wtforms import SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from outreach.core.errors import Refusal
from outreach.mailings.choosing import options
from outreach.mailings.forms import LETTER_LANGUAGES, result_label
from outreach.mailings.template_models import LetterTemplate
from outreach.projects.models import List
from outreach.results.models import Result
from outreach.web.forms import Form


class AnnounceForm(Form):
    """Begin with a result."""

    result_id = SelectField("Result", coerce=int)
    list_id = SelectField("List", coerce=int)
    language = SelectField("Language of the letter", choices=LETTER_LANGUAGES)

    @classmethod
    def about(
        cls, result_id: int | None, lists: Sequence[List], results: Sequence[Result]
    ) -> "AnnounceForm":
        """Return the form for a result (None: the newest), proposing its project's list."""
        result = next((each for each in results if result_id in {each.id, None}), None)
        owned = (each for each in lists if result and each.project_id == result.project_id)
        its_list = next(owned, lists[0] if lists else None)
        values = {
            "result_id": result.id if result else None,
            "list_id": its_list.id if its_list else None,
            "language": its_list.language if its_list else "en",
        }
        return cls(formdata=None, data=values).offer(lists, results)

    def offer(self, lists: Sequence[List], results: Sequence[Result]) -> "AnnounceForm":
        """Fill in what can be chosen."""
        self.list_id.choices = options((each.id, str(each.name)) for each in lists)
        self.result_id.choices = options((each.id, result_label(each)) for each in results)
        return self


class EmptyForm(Form):
    """Begin with an empty letter."""

    title = StringField(
        "Name", [InputRequired("Give it a name; only staff see it."), Length(max=200)]
    )
    list_id = SelectField("List", coerce=int)

    def offer(self, lists: Sequence[List]) -> "EmptyForm":
        """Fill in what can be chosen."""
        self.list_id.choices = options((each.id, str(each.name)) for each in lists)
        return self


class FromTemplateForm(Form):
    """Begin with a template."""

    template_id = SelectField("Template", coerce=int)
    title = StringField(
        "Name", [InputRequired("Give it a name; only staff see it."), Length(max=200)]
    )
    list_id = SelectField("List", coerce=int)

    def offer(
        self, lists: Sequence[List], templates: Sequence[LetterTemplate]
    ) -> "FromTemplateForm":
        """Fill in what can be chosen."""
        named = ((each.id, f"{each.name} ({each.owner_name})") for each in templates)
        self.template_id.choices = options(named)
        self.list_id.choices = options((each.id, str(each.name)) for each in lists)
        for field in (self.title, self.list_id):
            # Another form of the same page has fields of these names.
            field.id = field.label.field_id = f"template-{field.name}"
        return self


class MarkdownForm(Form):
    """Begin with a Markdown file."""

    file = FileField("Markdown file", description="A .md file with front matter, up to 1 MB.")

    def validate_file(self, field: FileField) -> None:
        """Refuse an empty choice."""
        if not field.data:
            raise ValidationError("Choose a file.")

    @property
    def text(self) -> str:
        """What the file says; raises Refusal when it is no text."""
        try:
            return str(self.file.data.stream.read(1_000_000).decode("utf-8"))
        except UnicodeDecodeError as error:
            raise Refusal("This file is no text.", "Save it as UTF-8 and try again.") from error
