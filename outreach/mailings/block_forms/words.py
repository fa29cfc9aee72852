"""Forms of blocks that hold nothing but words."""

import re
from typing import Any

from wtforms import RadioField, SelectField, StringField, TextAreaField

from outreach.core.zones import zones
from outreach.mailings.block_forms.base import MERGE_HINT, BlockForm
from outreach.mailings.blocks import Block
from outreach.web.forms import choice

MARKDOWN_HINT = (
    "A blank line begins a paragraph; - begins a point of a list; ### a small heading; **bold**, "
    "*italic*, [words](https://address)."
)

# A letter "o" or a number is a sign only where a word processor put a gap behind it.
_SIGN = re.compile(r"[-–—•·▪◦‣*]\s+|(?:o|\d{1,2}[.)])(?:\t|[ \u00a0]{2})\s*")
_QUOTED = re.compile(r"[“„\"«»]\s*([^“”„\"«»]+?)\s*[”“\"«»]")


def points_of(text: str) -> list[str]:
    """Return the lines of a text as points, without the signs of a list pasted from elsewhere."""
    lines = (line.strip() for line in text.split("\n"))
    bare = (_SIGN.sub("", line, count=1) if _SIGN.match(line) else line for line in lines)
    return [line for line in bare if line]


def without_quotation_marks(text: str) -> str:
    """Return what stands between quotation marks that hold all of a text; the letter sets its own.

    Words quoted within it keep theirs.
    """
    whole = _QUOTED.fullmatch(text.strip())
    return whole[1] if whole else text


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
        description=f"{MARKDOWN_HINT} {MERGE_HINT}",
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
        return {**super().fields, "points": points_of(self.points.data or "")}


class QuoteForm(BlockForm):
    """What somebody said."""

    kind = "quote"
    text = TextAreaField("Quote", description="Without quotation marks; the letter sets them.")
    attribution = StringField("Who said it")

    @property
    def fields(self) -> dict[str, Any]:
        """The words alone."""
        return {**super().fields, "text": without_quotation_marks(self.text.data or "")}


class FaqLinkForm(BlockForm):
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


class ColumnsForm(BlockForm):
    """Two texts side by side."""

    kind = "columns"
    left = TextAreaField("Left", description=MARKDOWN_HINT)
    right = TextAreaField("Right", description="On a phone it comes below the left one.")


class EventForm(BlockForm):
    """A meeting people can come to."""

    kind = "event"
    title = StringField("What takes place")
    starts = StringField("Begins", description="Such as 2026-12-01 09:00")
    ends = StringField("Ends", description="May stay empty.")
    zone = SelectField(
        "Time zone",
        choices=[choice(name, name.replace("_", " ")) for name in zones()],
        default="Europe/Brussels",
        validate_choice=False,
    )
    place = StringField("Place")
    address = StringField("Address to sign up or join", description="May stay empty.")
    text = TextAreaField("More about it")


class SpacerForm(BlockForm):
    """Room to breathe."""

    kind = "spacer"
    size = RadioField(
        "How much", choices=[choice("small", "A little"), choice("large", "More")], default="small"
    )
