"""What becomes of words pasted from word processors and web pages, in a real browser."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.web.style_guide.browser import served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
ONLY = pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
"""What a browser shows does not depend on the database."""

WORD = """<html><head><style><!-- p.MsoNormal {margin:0} --></style></head><body>
<h1 style='mso-style-name:"Heading 1"'>Findings<o:p></o:p></h1>
<p class=MsoNormal>Cities <b style='mso-bidi-font-weight:normal'>ne</b><b>ed</b> it
<a style='mso-comment-reference:AB_1'>now</a>
<span class=MsoCommentReference><a class=msocomanchor href="#_msocom_1">[AB1]</a></span>
<del>later</del></p>
<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·&nbsp;</span>First</p>
<p style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o&nbsp;</span>Below</p>
<p style='display:none;mso-hide:all'>Hidden</p>
<table><tr><td><p>Role</p></td><td><p>Share</p></td></tr></table>
<div style='mso-element:comment-list'><div style='mso-element:comment'><div class=msocomtxt>
<p class=MsoCommentText>Do not tell them this</p></div></div></div></body></html>"""
LIBRE_OFFICE = """<meta name="generator" content="LibreOffice"/>
<style>p { line-height: 115% }</style>
<p><font size="3">10<sup>6</sup> t CO<sub>2</sub></font></p><p><br/>
<br/>
</p><ol><li><p>One</p><ul><li><p>Below</p></li></ul></li><li><p>Two</p></li></ol>"""
WEB_PAGE = """<article><h2>Title</h2><figure><img src="https://example.org/p.gif"><figcaption>By X
</figcaption></figure><p>Line one<br>line two, once = twice</p><b><p>costs $&amp;</p><p>b</p></b>
<table><tr><td><p>Laid</p><p>out</p></td><td>beside</td></tr></table><s>10</s>
<button onclick="share()">Share</button><a href="javascript:alert(1)">bad</a></article>"""

GOOGLE_DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1">
<p dir="ltr"><span style="font-weight:400;">Plain, </span><span style="font-weight:700;">bold</span>
<span style="font-style:italic;">leaning</span></p><br /><ul><li dir="ltr"><p><span>One</span></p>
</li><ul><li dir="ltr"><p><span>Below</span></p></li></ul><li dir="ltr"><p><span>Two</span></p></li>
</ul></b>"""
LINKS = """<ul><li><h3><a href="https://example.org/a">Result</a></h3><p>SmartUrbI</p><p>Some</p>
<ul><li>Below</li></ul></li></ul><nav><a href="https://example.org/b">B</a><a href="https://c.org">C
</a></nav><p><span style='mso-bidi-font-weight:bold'>not bold</span></p>"""


@pytest.fixture
def page(app: Flask, browser: Browser) -> Iterator[Page]:
    with served(app) as address:
        opened = browser.new_page()
        opened.goto(address)
        yield opened
        opened.close()


@ONLY
def test_what_is_pasted_keeps_its_words_and_nothing_nobody_was_meant_to_read(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    word, libre_office, web_page, google_docs, links = (
        page.evaluate("async (h) => (await import('/static/js/pasting.js')).asMarkdown(h)", html)
        for html in (WORD, LIBRE_OFFICE, WEB_PAGE, GOOGLE_DOCS, LINKS)
    )

    assert word == ("### Findings\n\nCities **need** it now\n\n- First\n   - Below\n\nRole · Share")
    assert libre_office == "10⁶ t CO₂\n\n1. One\n   - Below\n1. Two"
    assert web_page == (
        "### Title\n\nBy X\n\nLine one\\\nline two, once = twice\n\n**costs $&**\n\n**b**\n\n"
        "Laid\n\nout\n\nbeside\n\nbad"
    )
    assert google_docs == "Plain, **bold** *leaning*\n\n- One\n   - Below\n- Two"
    assert links == (
        "- **[Result](https://example.org/a)**\\\nSmartUrbI\\\nSome\n   - Below\n\n"
        "[B](https://example.org/b) [C](https://c.org)\n\nnot bold"
    )
    assert complaints == []
