"""Markdown of a text block → safe HTML and the same as lines of text.

CommonMark without HTML, pictures, code and quotes (they have blocks of their own or none): what is
not allowed stays text. nh3 goes over the result with a list of what may pass, so that a fault in
the first step lets nothing through.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from outreach.mailings.blocks import web_address
from outreach.mailings.blocks.merge import to_slots
from outreach.mailings.rendering.prose_lines import as_lines

OpenLink = Callable[[str, str], str]
"""Takes an address and its words, gives what stands in the letter."""

_TAGS = {"p", "strong", "em", "a", "ul", "ol", "li", "h2", "br"}
_NOT_IN_LETTERS = [
    "code",
    "fence",
    "blockquote",
    "hr",
    "lheading",
    "html_block",
    "reference",
    "image",
    "html_inline",
    "backticks",
]
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+(\?[!#-;=?-~]*)?")


class _Markdown(MarkdownIt):
    """Follows links to the web and to mailboxes only; any other stays text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is markdown-it's
        if url.startswith("mailto:"):
            return _MAIL.fullmatch(url) is not None
        try:
            return bool(web_address(url))
        except ValueError:
            return False


_markdown = _Markdown("commonmark", {"html": False}).disable(_NOT_IN_LETTERS)


@dataclass(frozen=True, slots=True)
class Prose:
    """One text in both forms, with the same links."""

    html: Markup
    lines: tuple[str, ...]


def prose(markdown: str, open_link: OpenLink) -> Prose:
    """Render a cleaned Markdown text; `open_link(address, label)` gives each web link its href."""
    tokens = _markdown.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            # The letter's headline is its h1; a step left out would mislead a screen reader.
            token.tag = "h2"
        elif token.type == "inline":
            _prepare(token.children or [], open_link)
    html = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return Prose(Markup(html), tuple(as_lines(tokens)))  # noqa: S704 - nh3 has cleaned it


def _prepare(children: Sequence[Token], open_link: OpenLink) -> None:
    for place, child in enumerate(children):
        if child.type == "text":
            child.content = to_slots(child.content)
        elif child.type == "link_open":
            address = str(child.attrs["href"])
            if not address.startswith("mailto:"):
                child.attrs["href"] = open_link(address, _words(children[place:]))


def _words(children: Sequence[Token]) -> str:
    words = []
    for child in children:
        if child.type == "link_close":
            break
        words.append(child.content)
    return "".join(words)
