"""Markdown of summaries and answers → HTML that holds nothing but text, lists and links.

CommonMark without raw HTML and pictures; nh3 goes over the result with a list of what may pass, so
that a fault in the first step lets nothing through (S8).
"""

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5"}
"""A page's own headings are h1 and h2, so those of a text begin at h3."""
_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "h3", "h4", "h5", "h6"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


def render_markdown(text: str) -> Markup:
    """Return a text's HTML; headings begin at h3, links lead to the web or to mailboxes only."""
    tokens = _markdown.parse(text)
    for token in tokens:
        _lower(token)
    html = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Markup(html)  # noqa: S704 - nh3 has cleaned it


def _lower(token: Token) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = _HEADINGS.get(token.tag, "h6")
