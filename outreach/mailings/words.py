"""How staff pages name what this room knows by short words."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.mailings.blocks import Block
from outreach.mailings.marks import without_marks
from outreach.stakeholders.models import Tier, WithheldReason
from outreach.stakeholders.seeds import ROLES
from outreach.web.filters import language_name

REASONS: Mapping[WithheldReason, str] = MappingProxyType(
    {
        WithheldReason.NO_CONSENT: "not on this list",
        WithheldReason.PENDING: "asked to sign up, not confirmed yet",
        WithheldReason.UNSUBSCRIBED: "left this list",
        WithheldReason.NO_BASIS: "no basis for writing is recorded",
        WithheldReason.PAUSED: "asked for a pause",
        WithheldReason.NOT_INVITED: "did not agree to be invited to events",
        WithheldReason.MONTHLY: "asked for at most one a month",
        WithheldReason.SUPPRESSED: "on the do-not-mail list",
        WithheldReason.ERASED: "erased, or merged into another person",
        WithheldReason.LEFT_OUT: "left out by role or segment",
        WithheldReason.RECEIVED: "got a mailing you chose to leave out",
        WithheldReason.TOO_MANY: "got as many letters in 30 days as the network allows",
        WithheldReason.STOPPED: "left after the mailing was made",
    }
)
"""Why somebody in the audience gets no letter."""

LEVELS: Mapping[Tier, str] = MappingProxyType(
    {
        Tier.MUNICIPALITY: "City or municipality",
        Tier.REGION: "Region",
        Tier.COUNTRY: "Country",
        Tier.EU: "EU",
        Tier.INTERNATIONAL: "International",
    }
)

BLOCKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "headline": ("Headline", "The title, with a few lines of introduction."),
        "text": ("Text", "Paragraphs, lists and links."),
        "relevance": ("Relevance list", "Who this matters to, point by point."),
        "quote": ("Quote", "What somebody said, large."),
        "calls_to_action": ("Calls to action", "Buttons to documents and pages."),
        "document_card": ("Document card", "One document, with its cover."),
        "picture": ("Picture", "With words for those who do not see it."),
        "columns": ("Two columns", "Two texts side by side."),
        "event": ("Event", "When and where, with a calendar entry."),
        "contact": ("Contact", "Somebody to turn to."),
        "acknowledgement": ("Acknowledgement", "Who paid for it, in the project's words."),
        "faq_link": ("FAQ link", "To the questions that were asked before."),
        "faq": ("FAQ entries", "Chosen questions with their answers."),
        "ask_us": ("Ask us", "The way to ask a question."),
        "divider": ("Divider", "A line between two parts."),
        "spacer": ("Spacer", "Room between two parts."),
    }
)
"""Kind of block → its name and what it is for, in the order in which they are offered."""
_ROLES: Mapping[str, str] = MappingProxyType({role.slug: role.name.pick() for role in ROLES})
"""Roles that staff added are named by their slug."""


def block_words(block: Block) -> str:
    """Return the words by which staff recognise a block."""
    fields = block.model_dump()
    items = [item.get("label") or item.get("question") for item in fields.get("items", ())]
    names = ("title", "name", "text", "lead", "label", "alt", "project")
    said = next((str(fields[name]) for name in names if fields.get(name)), "")
    written = "\n".join(fields[name] for name in ("markdown", "left", "right") if name in fields)
    return " · ".join(items) or said or "\n".join(map(without_marks, written.split("\n")))


def variant_words(key: str) -> str:
    """Name a variant by its key: "policy-maker, German"; "Everybody else, English"."""
    role, _, language = key.rpartition(".")
    who = "Everybody else" if role == "*" else _ROLES.get(role) or role.replace("-", " ")
    return f"{who}, {language_name(language)}"
