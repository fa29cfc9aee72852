"""Parts of a letter that are about one result, and those that stand there for all."""

from outreach.mailings.blocks.content import Content, belong
from outreach.mailings.blocks.kinds import (
    Acknowledgement,
    AskUs,
    Divider,
    Faq,
    FaqLink,
    Spacer,
)

COMMON = (Acknowledgement, FaqLink, Faq, AskUs, Divider, Spacer)
"""Kinds of block that stand at the end of a letter, or between its parts, for all results."""


def all_about(content: Content, result: str) -> Content:
    """Let every part that says of no result that it is about it belong to one, given by slug."""
    for block in content.blocks:
        if not block.result and not isinstance(block, COMMON):
            content = belong(content, block.id, result)
    return content
