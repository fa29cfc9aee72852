"""Rendering: blocks and a context in, a letter out; no database, no request, no clock.

A letter is compiled once per variant, with slots where its recipients differ.
"""

import re

from outreach.mailings.blocks import Content
from outreach.mailings.blocks.merge import in_slots
from outreach.mailings.rendering.context import (
    DocumentTarget,
    Frame,
    LinkKind,
    LinkPlan,
    PageTarget,
    PlainLinks,
    Reader,
    RenderContext,
    RenderedLetter,
    TrackedLink,
    TrackedLinks,
    TriedLinks,
)
from outreach.mailings.rendering.html import size_of, write_html
from outreach.mailings.rendering.links import LinkBook, LinkPlace, Unrenderable
from outreach.mailings.rendering.resolving import resolve
from outreach.mailings.rendering.text import write_text

__all__ = [
    "LARGEST_LETTER",
    "DocumentTarget",
    "Frame",
    "LinkKind",
    "LinkPlace",
    "LinkPlan",
    "PageTarget",
    "PlainLinks",
    "Reader",
    "RenderContext",
    "RenderedLetter",
    "TrackedLink",
    "TrackedLinks",
    "TriedLinks",
    "Unrenderable",
    "render",
]
_IN_HTML = re.compile(r'(?:href|src)="(?!mailto:|#)')
LARGEST_LETTER = 90_000
"""Bytes of HTML; Gmail cuts a letter off at about 102 kB (M8)."""


def render(
    content: Content, context: RenderContext, numbers: dict[LinkPlace, int] | None = None
) -> RenderedLetter:
    """Compile a letter: HTML, text and its numbered links.

    `numbers` holds those of links that other variants share with it, and is added to.

    Merge fields, and what the context says of the reader, stay as slots to be filled for each
    recipient. Raises Unrenderable when a block refers to something the context does not hold.
    """
    book = LinkBook(context.links, numbers)
    sheet = resolve(content, context, book)
    html = write_html(sheet, accent=context.frame.accent, font=context.frame.font)
    text = write_text(sheet)
    if _addresses(html, text, context.reader) % 2:
        text = write_text(sheet, web_again=True)
    return RenderedLetter(
        html=html,
        text=text,
        links=book.links,
        merge_fields=in_slots(html, text),
        size=size_of(html),
    )


def _addresses(html: str, text: str, reader: Reader) -> int:
    """Count the addresses of both parts.

    Filters hold an odd number against a letter (rspamd: URI_COUNT_ODD), since each should stand in
    both parts; but a picture stands in one.
    """
    of_reader = (reader.preferences_address, reader.unsubscribe_address)
    own = sum(text.count(each) for each in of_reader if not each.startswith("http"))
    return len(_IN_HTML.findall(html)) + text.count("://") + own
