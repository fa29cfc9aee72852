"""The kinds of block a letter is made of: one class each, told apart by `kind`.

A new kind (document card, event, two columns, contact, spacer) is a class here, a line in
`rendering/resolving.py`, a template in `templates/letters/blocks/` and a writer in
`rendering/text.py`. Conditions on who sees a block (`roles`, `languages`) will be fields of `Base`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from outreach.mailings.blocks.targets import Destination, PictureSource
from outreach.mailings.blocks.texts import OneLine, OptionalLine, Prose, Slug


class Part(BaseModel):
    """Anything inside a content document: strict, immutable, without unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class BaseBlock(Part):
    """What every block has."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,11}$")]
    """Short and stable: links, figures and comments of a letter refer to it."""


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


class Picture(BaseBlock):
    """A picture from our own site, with the words for those who do not see it."""

    kind: Literal["picture"] = "picture"
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
    | Divider,
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
}
"""What people call each kind, in the order in which the composer offers them."""
