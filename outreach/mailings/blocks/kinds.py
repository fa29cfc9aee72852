"""The kinds of block a letter is made of: one class each, told apart by `kind`.

A new kind is a class here, a line in `rendering/resolving.py`, a template in
`templates/letters/blocks/` and a writer in `rendering/text.py`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from outreach.mailings.blocks.targets import (
    Destination,
    DocumentName,
    OptionalAddress,
    OptionalMailbox,
    OptionalPicture,
    PictureSource,
)
from outreach.mailings.blocks.texts import OneLine, OptionalLine, Prose, Slug
from outreach.mailings.blocks.times import OptionalWallTime, WallTime, ZoneName

BlockId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,11}$")]


class Part(BaseModel):
    """Anything inside a content document: strict, immutable, without unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class BaseBlock(Part):
    """What every block has."""

    id: BlockId
    """Short and stable: links, figures and comments of a letter refer to it."""
    roles: Annotated[tuple[Slug, ...], Field(strict=False, max_length=40)] = ()
    """Readers in these roles see it; empty for everybody."""
    instead_of: BlockId | Literal[""] = ""
    """The block whose place it takes for its roles; needs `roles`."""
    texts: Annotated[dict[str, dict[str, Any]], Field(max_length=20)] = {}
    """What it says in other languages: by language, the fields that differ."""
    result: Slug | Literal[""] = ""
    """The announced result it is about; empty for a part about the mailing as a whole."""


class Headline(BaseBlock):
    """The title of the letter, or of a part of it."""

    kind: Literal["headline"] = "headline"
    text: Annotated[OneLine, Field(max_length=200)]
    intro: Annotated[OptionalLine, Field(max_length=1_500)] = ""


class Text(BaseBlock):
    """Paragraphs, lists and small headings in Markdown."""

    kind: Literal["text"] = "text"
    markdown: Annotated[Prose, Field(max_length=20_000)]


class Relevance(BaseBlock):
    """For whom this matters: a lead and its points."""

    kind: Literal["relevance"] = "relevance"
    lead: Annotated[OneLine, Field(max_length=300)]
    points: Annotated[
        tuple[Annotated[OneLine, Field(max_length=500)], ...],
        Field(strict=False, min_length=1, max_length=12),
    ]


class Quote(BaseBlock):
    """What somebody said."""

    kind: Literal["quote"] = "quote"
    text: Annotated[OneLine, Field(max_length=1_500)]
    attribution: Annotated[OneLine, Field(max_length=200)]


class CallToAction(Part):
    """One thing the reader can do: a label and where it leads."""

    label: Annotated[OneLine, Field(max_length=120)]
    target: Destination


class CallsToAction(BaseBlock):
    """What the reader can do now, the most wanted first."""

    kind: Literal["calls_to_action"] = "calls_to_action"
    items: Annotated[tuple[CallToAction, ...], Field(strict=False, min_length=1, max_length=8)]


Percent = Annotated[int, Field(ge=0, le=100)]


class Picture(BaseBlock):
    """A picture from our own site, with the words for those who do not see it."""

    kind: Literal["picture"] = "picture"
    shape: Literal["whole", "wide", "square"] = "whole"
    """What of it is shown: all, or a part around its focal point, as wide as a cinema or square."""
    focus_x: Percent = 50
    """What matters most in it, from the left; `focus_y` from the top. It stays in sight."""
    focus_y: Percent = 50
    source: PictureSource
    alt: Annotated[OneLine, Field(max_length=400)]
    caption: Annotated[OptionalLine, Field(max_length=300)] = ""


class Acknowledgement(BaseBlock):
    """Who paid for it; the words are the project's, taken when the letter is rendered."""

    kind: Literal["acknowledgement"] = "acknowledgement"
    project: Slug


class FaqLink(BaseBlock):
    """The way to the questions that were asked before."""

    kind: Literal["faq_link"] = "faq_link"
    label: Annotated[OneLine, Field(max_length=200)]


class AskUs(BaseBlock):
    """The invitation to ask; the form's and the mailbox's address come from the mailing's list."""

    kind: Literal["ask_us"] = "ask_us"
    text: Annotated[OneLine, Field(max_length=500)]


class Divider(BaseBlock):
    """A line between two parts."""

    kind: Literal["divider"] = "divider"


class DocumentCard(BaseBlock):
    """One document with its cover, more prominent than a call to action."""

    kind: Literal["document_card"] = "document_card"
    target: DocumentName
    label: Annotated[OneLine, Field(max_length=120)]
    text: Annotated[OptionalLine, Field(max_length=600)] = ""


class Columns(BaseBlock):
    """Two texts side by side; one below the other on a phone."""

    kind: Literal["columns"] = "columns"
    left: Annotated[Prose, Field(max_length=5_000)]
    right: Annotated[Prose, Field(max_length=5_000)]


class Event(BaseBlock):
    """A meeting people can come to, with an entry for their calendar."""

    kind: Literal["event"] = "event"
    title: Annotated[OneLine, Field(max_length=200)]
    starts: WallTime
    ends: OptionalWallTime = ""
    zone: ZoneName
    place: Annotated[OptionalLine, Field(max_length=300)] = ""
    address: OptionalAddress = ""
    """Where to sign up or join; https."""
    text: Annotated[OptionalLine, Field(max_length=1_000)] = ""


class Contact(BaseBlock):
    """Somebody to turn to."""

    kind: Literal["contact"] = "contact"
    name: Annotated[OneLine, Field(max_length=120)]
    function: Annotated[OptionalLine, Field(max_length=200)] = ""
    email: OptionalMailbox = ""
    phone: Annotated[OptionalLine, Field(max_length=40)] = ""
    text: Annotated[OptionalLine, Field(max_length=600)] = ""
    picture: OptionalPicture = ""
    """A portrait; a square of it is shown, around its focal point."""
    focus_x: Percent = 50
    focus_y: Percent = 50


class FaqItem(Part):
    """A question and its answer, as they were when the entry was chosen."""

    slug: Slug
    question: Annotated[OneLine, Field(max_length=400)]
    answer: Annotated[Prose, Field(max_length=10_000)]


class Faq(BaseBlock):
    """Some of the questions that were asked before, with their answers."""

    kind: Literal["faq"] = "faq"
    items: Annotated[tuple[FaqItem, ...], Field(strict=False, min_length=1, max_length=8)]
    label: Annotated[OptionalLine, Field(max_length=200)] = ""
    """What the link to all questions says; empty for none."""


class Spacer(BaseBlock):
    """Room to breathe."""

    kind: Literal["spacer"] = "spacer"
    size: Literal["small", "large"] = "small"


Block = Annotated[
    Headline
    | Text
    | Relevance
    | Quote
    | CallsToAction
    | Picture
    | Acknowledgement
    | FaqLink
    | AskUs
    | Divider
    | DocumentCard
    | Columns
    | Event
    | Contact
    | Faq
    | Spacer,
    Field(discriminator="kind"),
]
"""Any block, told apart by its `kind`."""

NAMES = {
    "headline": "headline",
    "text": "text",
    "relevance": "relevance",
    "quote": "quote",
    "calls_to_action": "calls to action",
    "picture": "picture",
    "acknowledgement": "acknowledgement",
    "faq_link": "FAQ link",
    "ask_us": "ask us",
    "divider": "divider",
    "document_card": "document card",
    "columns": "two columns",
    "event": "event",
    "contact": "contact",
    "faq": "FAQ entries",
    "spacer": "spacer",
}
"""What people call each kind, in the order in which the composer offers them."""
