"""One form per kind of block; what they give is checked by the blocks themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask_wtf.file import FileField
from wtforms import (
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PartForm
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from outreach.mailings.blocks import BadContent, Block, parse_target
from outreach.mailings.models import Mailing
from outreach.projects.models import Project
from outreach.results.models import Document, Picture
from outreach.results.storage import Stored
from outreach.results.words import kind_label
from outreach.web.forms import Form, choice, tidy

MOST_ACTIONS = 8
ROWS_AT_LEAST = 3
"""An empty block has room for the brief, the report and the project."""
ELSEWHERE = "address:"
MERGE_HINT = "{name|colleague} puts in the reader's name, or “colleague” where we do not know it."


@dataclass(frozen=True, slots=True)
class Offer:
    """What blocks of a mailing can refer to."""

    mailing: Mailing
    documents: Sequence[Document]
    pictures: Sequence[Picture]
    projects: Sequence[Project]


class BlockForm(Form):
    """The parent of the forms; `kind` is the block's."""

    kind: ClassVar[str]
    lock_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

    @classmethod
    def of(cls, block: Block | None, offer: Offer, lock_version: int) -> "BlockForm":
        """Return the form with what was posted, else with what a block says, else empty."""
        values = cls.values_of(block) if block else {}
        form = cls(data={"lock_version": lock_version, **values})
        form.offer(offer, values)
        return form

    @classmethod
    def values_of(cls, block: Block) -> dict[str, Any]:
        """Return what the form's fields show of a block."""
        return block.model_dump(mode="json", exclude={"id", "kind"})

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Fill in what can be chosen; most forms offer nothing."""

    @property
    def fields(self) -> dict[str, Any]:
        """The block as `blocks.add` and `blocks.replace` take it."""
        names = (name for name in self.data if name not in {"lock_version", "csrf_token"})
        return {"kind": self.kind, **{name: self.data[name] or "" for name in names}}

    @property
    def first_complaint(self) -> str:
        """The first thing to put right, for a line beside the title."""
        return str(next(iter(self.form_errors), "")) or self.first_error

    def complain(self, error: BadContent) -> None:
        """Put each complaint at its field."""
        for complaint in error.complaints:
            name = complaint.field.partition(".")[0]
            message = f"{complaint.remedy[:1].upper()}{complaint.remedy[1:]}."
            if name in self._fields and not isinstance(self[name], FieldList):
                self[name].errors = [*self[name].errors, message]
            else:
                place = complaint.field.split(".")[1:2]
                self.form_errors.append(f"Button {place[0]}: {message}" if place else message)


class HeadlineForm(BlockForm):
    """A headline."""

    kind = "headline"
    text = StringField("Headline")
    intro = TextAreaField("Introduction", description=MERGE_HINT)


class TextForm(BlockForm):
    """A text in Markdown."""

    kind = "text"
    markdown = TextAreaField(
        "Text",
        description="A blank line begins a paragraph; - begins a point of a list; ### a small "
        f"heading; **bold**, *italic*, [words](https://address). {MERGE_HINT}",
    )


class RelevanceForm(BlockForm):
    """Who this matters to."""

    kind = "relevance"
    lead = StringField("Lead", description="Such as: For everyone who wants to know")
    points = TextAreaField("Points", description="One on each line.")

    @classmethod
    def values_of(cls, block: Block) -> dict[str, Any]:
        """Return the points as lines."""
        values = super().values_of(block)
        return {**values, "points": "\n".join(values["points"])}

    @property
    def fields(self) -> dict[str, Any]:
        """The lines as points."""
        lines = (line.strip() for line in (self.points.data or "").split("\n"))
        return {**super().fields, "points": [line.removeprefix("- ") for line in lines if line]}


class QuoteForm(BlockForm):
    """What somebody said."""

    kind = "quote"
    text = TextAreaField("Quote", description="Without quotation marks; the letter sets them.")
    attribution = StringField("Who said it")


class ActionRow(PartForm):
    """One call to action."""

    label = StringField("What the button says")
    target = SelectField("Where it leads", validators=[Optional()])
    address = StringField("Address, when it leads elsewhere")


class ActionsForm(BlockForm):
    """Calls to action, each bound to a document, a page or an address."""

    kind = "calls_to_action"

    class Meta(BlockForm.Meta):
        """WTForms' hook: a list of fields takes no filters of its own."""

        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            """Leave the list and its rows alone; the rows are tidied in `fields`."""
            if unbound.field_class in (FieldList, FormField):
                return unbound.bind(form=form, **options)
            return super().bind_field(form, unbound, options)

    items = FieldList(FormField(ActionRow), max_entries=MOST_ACTIONS)

    @classmethod
    def values_of(cls, block: Block) -> dict[str, Any]:
        """Return the items with their addresses apart."""
        items = super().values_of(block)["items"]
        return {"items": [_row(item["label"], item["target"]) for item in items]}

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer documents and pages in every row, and a few rows more."""
        if not self.is_submitted():
            rows = min(max(len(self.items) + 1, ROWS_AT_LEAST), MOST_ACTIONS)
            for _ in range(rows - len(self.items)):
                self.items.append_entry()
        present = [row["target"] for row in values.get("items", ())]
        options = _targets(offer, present)
        for entry in self.items:
            entry.form.target.choices = options

    @property
    def fields(self) -> dict[str, Any]:
        """The rows that were filled in."""
        rows = (entry.form for entry in self.items)
        items = [
            {"label": tidy(row.label.data or ""), "target": tidy(_target(row))}
            for row in rows
            if row.label.data or row.address.data or row.target.data not in {"", None}
        ]
        return {"kind": self.kind, "items": items}


class PictureForm(BlockForm):
    """A picture: one that is there, or a new one."""

    kind = "picture"
    source = SelectField("Picture", validators=[Optional()])
    file = FileField("Or upload one", description="JPEG, PNG or WebP; it is made smaller for you.")
    alt = StringField(
        "What it shows", description="For people who do not see it, and while it is not loaded."
    )
    caption = StringField("Caption")

    stored: Stored
    """The upload, once it is kept."""

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the pictures of the mailing's projects."""
        known = {f"file:{picture.id}": picture.filename for picture in offer.pictures}
        present = values.get("source", "")
        known.setdefault(present, present or "Choose a picture")
        known.setdefault("", "Choose a picture")
        self.source.choices = _options(known.items())

    @property
    def fields(self) -> dict[str, Any]:
        """The picture that was chosen; an upload takes its place where it was stored."""
        return {name: value for name, value in super().fields.items() if name != "file"}


class AcknowledgementForm(BlockForm):
    """Whose funder is acknowledged."""

    kind = "acknowledgement"
    project = RadioField("Project", description="The words are the project's own.")

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the projects of the mailing's results and list."""
        known = {project.slug: project.acronym for project in offer.projects}
        if present := values.get("project"):
            known.setdefault(present, present)
        self.project.choices = _options(known.items())
        if not self.project.data and len(known) == 1:
            self.project.data = next(iter(known))


class FaqForm(BlockForm):
    """The way to the questions that were asked before."""

    kind = "faq_link"
    label = StringField("What the link says")


class AskForm(BlockForm):
    """The invitation to ask."""

    kind = "ask_us"
    text = TextAreaField(
        "Invitation", description="The button and the project's address follow by themselves."
    )


class DividerForm(BlockForm):
    """Nothing to fill in."""

    kind = "divider"


FORMS: Mapping[str, type[BlockForm]] = {
    form.kind: form
    for form in (
        HeadlineForm,
        TextForm,
        RelevanceForm,
        QuoteForm,
        ActionsForm,
        PictureForm,
        AcknowledgementForm,
        FaqForm,
        AskForm,
        DividerForm,
    )
}


def _options(pairs: Iterable[tuple[str, str]], group: str | None = None) -> list[Any]:
    return [replace(choice(value, label), optgroup=group) for value, label in pairs]


def _row(label: str, target: str) -> dict[str, str]:
    if not target.startswith(ELSEWHERE):
        return {"label": label, "target": target, "address": ""}
    return {"label": label, "target": ELSEWHERE, "address": target.removeprefix(ELSEWHERE)}


def _target(row: PartForm) -> str:
    target, address = row["target"].data or "", (row["address"].data or "").strip()
    return f"{ELSEWHERE}{address}" if address and target in {"", ELSEWHERE} else target


def _targets(offer: Offer, present: list[str]) -> list[Any]:
    documents = {
        f"document:{each.id}": f"{each.title} ({kind_label(each.kind)})" for each in offer.documents
    }
    pages = {
        f"page:project/{each.slug}": f"{each.acronym}, its website"
        for each in offer.projects
        if each.website
    }
    pages |= {f"page:result/{each.slug}": f"{each.title}" for each in offer.mailing.results}
    known = {"", ELSEWHERE, *documents, *pages}
    gone = {
        name: f"{parse_target(name).name} (no longer offered)"
        for name in present
        if name not in known
    }
    return [
        *_options([("", "Choose")]),
        *_options(documents.items(), "Documents"),
        *_options(pages.items(), "Pages"),
        *_options([(ELSEWHERE, "An address elsewhere")], "Elsewhere"),
        *_options(gone.items(), "As before"),
    ]
