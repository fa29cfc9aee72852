"""Forms of blocks that refer to something: documents, pages, projects, FAQ entries."""

from collections.abc import Mapping
from typing import Any

from wtforms import (
    FieldList,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PartForm
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from outreach.core.contributions import FaqOffer
from outreach.mailings.block_forms.base import BlockForm, Offer, options
from outreach.mailings.blocks import Block, parse_target
from outreach.results.storage import Stored
from outreach.results.words import kind_label
from outreach.web.forms import tidy

MOST_ACTIONS = 8
ROWS_AT_LEAST = 3
"""An empty block has room for the brief, the report and the project."""
ELSEWHERE = "address:"


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


class AcknowledgementForm(BlockForm):
    """Whose funder is acknowledged."""

    kind = "acknowledgement"
    project = RadioField("Project", description="The words are the project's own.")

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the projects of the mailing's results and list."""
        known = {project.slug: project.acronym for project in offer.projects}
        if present := values.get("project"):
            known.setdefault(present, present)
        self.project.choices = options(known.items())
        if not self.project.data and len(known) == 1:
            self.project.data = next(iter(known))

    @property
    def can_be_filled(self) -> bool:
        """Whether there is a project to acknowledge."""
        return bool(self.project.choices)


class CardForm(BlockForm):
    """A document with its cover."""

    kind = "document_card"
    target = SelectField("Document", validators=[Optional()])
    label = StringField("What the button says")
    text = TextAreaField("A line about it", description="May stay empty.")

    drawn: Mapping[str, Stored] = {}
    """Covers that were drawn just now, by the digest of their PDF."""
    offered: frozenset[str] = frozenset()
    """The targets of documents of the announced results."""

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the documents of the announced results."""
        self.offered = frozenset(_documents(offer))
        known = {"": "Choose", **_documents(offer)}
        if present := values.get("target"):
            known.setdefault(present, f"{parse_target(present).name} (no longer offered)")
        self.target.choices = options(known.items())


class FaqForm(BlockForm):
    """Some of the entries everybody can read; their words are copied when they are chosen."""

    kind = "faq"
    entries = SelectMultipleField(
        "Questions to show",
        description="With their answers, as they are published now. Up to eight.",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    label = StringField(
        "What the link to all questions says", description="May stay empty for no link."
    )

    @classmethod
    def values_of(cls, block: Block) -> dict[str, Any]:
        """Return the chosen entries by their slugs."""
        values = super().values_of(block)
        return {"label": values["label"], "entries": [item["slug"] for item in values["items"]]}

    def offer(self, offer: Offer, values: Mapping[str, Any]) -> None:
        """Offer the published entries, and those that were chosen before."""
        self._known: dict[str, FaqOffer] = {each.slug: each for each in offer.faq}
        for item in _items_of(offer, values.get("entries", ())):
            self._known.setdefault(item.slug, item)
        self.entries.choices = options((each.slug, each.question) for each in self._known.values())

    @property
    def can_be_filled(self) -> bool:
        """Whether an entry is published."""
        return bool(self.entries.choices)

    @property
    def fields(self) -> dict[str, Any]:
        """The chosen entries with their words."""
        chosen = (self._known[slug] for slug in self.entries.data or () if slug in self._known)
        items = [
            {"slug": each.slug, "question": each.question, "answer": each.answer} for each in chosen
        ]
        return {"kind": self.kind, "label": self.label.data or "", "items": items}


def _items_of(offer: Offer, slugs: Any) -> list[FaqOffer]:
    """Return entries this mailing already shows, in case they are public no longer."""
    blocks = offer.mailing.content.get("blocks", ())
    items = (item for block in blocks if block["kind"] == "faq" for item in block["items"])
    return [
        FaqOffer(item["slug"], item["question"], item["answer"])
        for item in items
        if item["slug"] in slugs
    ]


def _row(label: str, target: str) -> dict[str, str]:
    if not target.startswith(ELSEWHERE):
        return {"label": label, "target": target, "address": ""}
    return {"label": label, "target": ELSEWHERE, "address": target.removeprefix(ELSEWHERE)}


def _target(row: PartForm) -> str:
    target, address = row["target"].data or "", (row["address"].data or "").strip()
    return f"{ELSEWHERE}{address}" if address and target in {"", ELSEWHERE} else target


def _targets(offer: Offer, present: list[str]) -> list[Any]:
    documents = _documents(offer)
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
        *options([("", "Choose")]),
        *options(documents.items(), "Documents"),
        *options(pages.items(), "Pages"),
        *options([(ELSEWHERE, "An address elsewhere")], "Elsewhere"),
        *options(gone.items(), "As before"),
    ]


def _documents(offer: Offer) -> dict[str, str]:
    return {
        f"document:{each.id}": f"{each.title} ({kind_label(each.kind)})" for each in offer.documents
    }
