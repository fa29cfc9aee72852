"""Markdown of summaries and answers → HTML that holds nothing but text, lists and links.

CommonMark without raw HTML and pictures; nh3 goes over the result with a list of what may pass, so
that a fault in the first step lets nothing through (S8).
"""

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "h2", "h3", "h4", "h5", "h6"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


def render_markdown(text: str, top: int = 3) -> Markup:
    """Return a text's HTML; links lead to the web or to mailboxes only.

    Its headings begin at `top`, whichever the writer began with, and leave no level out: a reader
    who walks a page by its headings meets no gap (WCAG 1.3.1).
    """
    tokens = _markdown.parse(text)
    _place_headings(tokens, top)
    html = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Markup(html)  # noqa: S704 - nh3 has cleaned it


def _place_headings(tokens: list[Token], top: int) -> None:
    headings = [t for t in tokens if t.type in {"heading_open", "heading_close"}]
    used = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(6, top + used.index(token.tag))}"
