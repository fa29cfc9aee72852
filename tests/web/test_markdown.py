"""Summaries and answers become text, lists and links, and never anything that runs."""

from html.parser import HTMLParser

import pytest

from outreach.web.markdown import render_markdown


class _Reader(HTMLParser):
    """Notes what a browser would make of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name == "href"}


def test_text_lists_and_links_come_through() -> None:
    html = render_markdown("# A head\n\nSome *text*.\n\n- [one](https://example.org)\n- two")

    assert "<h3>A head</h3>" in html
    assert "<p>Some <em>text</em>.</p>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer">one</a>' in html
    assert html.count("<li>") == 2


def test_headings_begin_below_those_of_the_page() -> None:
    html = render_markdown("# a\n\n## b\n\n### c\n\n#### d\n\n###### e")

    assert "<h3>a</h3>\n<h4>b</h4>\n<h5>c</h5>\n<h6>d</h6>\n<h6>e</h6>" in html


def test_headings_leave_no_level_out_wherever_their_writer_began() -> None:
    assert render_markdown("### a\n\n##### b", 2) == "<h2>a</h2>\n<h3>b</h3>\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[go](javascript:alert(1))",
        "[go](JaVaScRiPt:alert(1))",
        "[go](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://evil.example/pixel.gif)",
        '<https://example.org/"onclick=alert(1)>',
        "[a](https://example.org \"x' onmouseover='alert(1)\")",
        "<style>*{display:none}</style>",
        "<a href='vbscript:x'>x</a>",
        "```\n</code><script>alert(1)</script>\n```",
    ],
)
def test_nothing_hostile_becomes_markup(hostile: str) -> None:
    reader = _Reader()

    reader.feed(render_markdown(hostile))

    assert reader.tags <= {"p", "a", "pre", "code", "li", "ul"}
    assert reader.attributes <= {"href", "rel", "title"}
    assert all(href.startswith("https://") for href in reader.addresses)


def test_a_text_is_safe_in_a_template_and_an_empty_one_is_nothing() -> None:
    assert render_markdown("a & b").__html__() == "<p>a &amp; b</p>\n"
    assert render_markdown("") == ""
