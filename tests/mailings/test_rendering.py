"""A letter: the same in HTML and text, self-contained, small, and filled only where it may be."""

import re
from dataclasses import replace

import pytest

from outreach.core.text import LANGUAGES
from outreach.mail.slots import SlotKind, slot
from outreach.mailings import blocks, rendering
from outreach.mailings.rendering.fonts import FONTS
from outreach.mailings.rendering.words import phrase
from tests.mailings.rendering_kit import (
    BASE,
    BLOCKS,
    CONTEXT,
    GOLDEN,
    SENDING,
    Letter,
    addresses_of,
    golden_files,
    letter_of,
    reference,
)

FORBIDDEN_TAGS = {"script", "form", "input", "button", "iframe", "object", "link", "svg", "video"}


@pytest.fixture(scope="module")
def letter() -> rendering.RenderedLetter:
    """The reference letter as it is sent, with slots."""
    return rendering.render(reference(), SENDING)


@pytest.fixture(scope="module")
def everything() -> rendering.RenderedLetter:
    """A letter with a block of every kind, as it is sent."""
    return rendering.render(blocks.compose(BLOCKS.values()), SENDING)


@pytest.mark.parametrize("name", sorted(golden_files()))
def test_a_letter_looks_as_it_was_approved(name: str) -> None:
    expected = (GOLDEN / name).read_text(encoding="utf-8")

    assert golden_files()[name] == expected


def test_every_kind_of_block_has_a_golden_file() -> None:
    assert {path.stem for path in (GOLDEN / "blocks").iterdir()} == set(blocks.NAMES)


def test_html_and_text_carry_the_same_links(everything: rendering.RenderedLetter) -> None:
    in_html = {href.removeprefix("mailto:") for href in Letter(everything.html).hrefs}

    assert in_html == addresses_of(everything.text)


def test_html_and_text_carry_the_same_words(letter: rendering.RenderedLetter) -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"[A-Za-z]{4,}", re.sub(r"https?://\S+", "", text)))

    shown = words(Letter(letter.html).words.replace(SENDING.preheader, ""))

    assert words(letter.text) == shown


def test_tags_are_closed_where_they_should_be(everything: rendering.RenderedLetter) -> None:
    assert Letter(everything.html).faults == []


def test_nothing_in_a_letter_runs_or_asks(everything: rendering.RenderedLetter) -> None:
    page = Letter(everything.html)

    assert not page.tags & FORBIDDEN_TAGS
    assert not [name for each in page.elements for name in each.attributes if name[:2] == "on"]
    assert "data:" not in everything.html


def test_nothing_is_loaded_from_another_site(everything: rendering.RenderedLetter) -> None:
    page = Letter(everything.html)

    loaded = [each.attributes["src"] for each in page.elements if "src" in each.attributes]
    assert loaded
    assert all(address.startswith(f"{BASE}/") for address in loaded)
    assert not re.findall(r"@import|@font-face|url\(", everything.html)
    assert not [each for each in page.elements if "background" in each.attributes]


@pytest.mark.parametrize("key", FONTS)
def test_a_headline_has_its_font_and_one_that_outlook_knows(key: str) -> None:
    letter = letter_of(BLOCKS["headline"], frame=replace(CONTEXT.frame, font=key))

    headline = Letter(letter.html).all("h1")[0]
    for_outlook = re.search(r"<!--\[if mso\]>\s*<style>(.*?)</style>", letter.html, re.DOTALL)
    assert headline.style["font-family"] == FONTS[key].stack
    assert for_outlook
    assert f"h1,h2,.qt{{font-family:{FONTS[key].outlook}!important}}" in for_outlook[1]


def test_every_layout_table_says_that_it_is_no_data(everything: rendering.RenderedLetter) -> None:
    tables = Letter(everything.html).all("table")

    assert {table.attributes.get("role") for table in tables} == {"presentation"}


def test_every_picture_has_words_for_those_who_do_not_see_it() -> None:
    letter = letter_of(
        BLOCKS["picture"], frame=replace(CONTEXT.frame, logo_address=f"{BASE}/l.png")
    )

    alts = [image.attributes.get("alt") for image in Letter(letter.html).all("img")]

    assert alts == ["Urban Europe Network", "Two neighbours at a table"]


def test_the_document_says_its_language_and_title(letter: rendering.RenderedLetter) -> None:
    page = Letter(letter.html)

    assert page.elements[0].attributes["lang"] == "en"
    assert page.all("title")[0].text == "Socially smart cities"


def test_both_schemes_are_announced(letter: rendering.RenderedLetter) -> None:
    metas = {
        each.attributes.get("name"): each.attributes.get("content")
        for each in Letter(letter.html).all("meta")
    }

    assert metas["color-scheme"] == "light dark"
    assert "@media (prefers-color-scheme:dark)" in letter.html


def test_the_reference_letter_is_half_of_what_it_may_be(letter: rendering.RenderedLetter) -> None:
    assert letter.size < rendering.LARGEST_LETTER / 2
    assert letter.size > len(letter.html.encode())


def test_the_first_line_says_in_which_role_and_how_to_leave(
    letter: rendering.RenderedLetter,
) -> None:
    first = Letter(letter.html).words
    lines = letter.text.split("\n")

    role = slot("role")
    leave = f"Unsubscribe: {BASE}/u/{slot('unsubscribe', SlotKind.URL)}"
    assert f"You receive this as {role}, from Smart Urban Futures. Not right?" in first
    assert lines[0] == f"You receive this as {role}, from Smart Urban Futures."
    assert lines[1].startswith("Not right? Change: ")
    assert lines[2] == leave
    assert letter.text.count(leave) == 2


def test_the_last_lines_say_who_writes_and_what_is_counted(
    letter: rendering.RenderedLetter,
) -> None:
    footer = letter.text.rsplit("-" * 78, maxsplit=1)[1]

    assert "Urban Europe Network, Example Street 1, 1090 Vienna, Austria" in footer
    assert "You signed up" in footer
    assert f"Privacy: {BASE}/privacy" in footer
    assert f"{BASE}/preferences/" in footer


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_frame_speaks_the_language_of_the_letter(language: str) -> None:
    letter = letter_of(BLOCKS["ask_us"], language=language)

    words = Letter(letter.html).words
    assert phrase("unsubscribe", language) in words
    assert phrase("questions", language) in letter.text
    assert Letter(letter.html).elements[0].attributes["lang"] == language


def test_every_phrase_is_known_in_every_language() -> None:
    english_only = {"about"}
    names = {"receive", "change", "unsubscribe", "why", "measurement", "ask", "write", "questions"}

    same = {
        (name, language)
        for name in names - english_only
        for language in LANGUAGES
        if language != "en" and phrase(name, language) == phrase(name, "en")
    }

    assert same == set()


@pytest.mark.parametrize(
    ("block", "changes", "message"),
    [
        ("calls_to_action", {"documents": {}}, "“View the policy brief” refers to"),
        ("calls_to_action", {"pages": {}}, "“Learn about the project” refers to"),
        ("picture", {"pictures": {}}, "the picture “Two neighbours at a table” refers to"),
        ("picture", {"pictures": {"12": "https://cdn.example.net/a.jpg"}}, "at another site"),
        ("picture", {"pictures": {"12": f"{BASE}.evil.example/a.jpg"}}, "at another site"),
        ("acknowledgement", {"acknowledgements": {}}, "the acknowledgement refers to"),
        ("faq_link", {"faq_address": "javascript:alert(1)"}, "leads to no address"),
    ],
)
def test_what_is_not_there_is_refused_with_its_name(
    block: str, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(rendering.Unrenderable, match=message):
        letter_of(BLOCKS[block], **changes)


@pytest.mark.parametrize("address", ["", "nobody", "a@example.org?bcc=b@example.net", "<b>@x.org"])
def test_without_a_mailbox_nobody_is_told_to_write_to_it(address: str) -> None:
    letter = letter_of(BLOCKS["ask_us"], question_address=address)

    assert "Or write to" not in letter.text
    assert "mailto:" not in letter.html


def test_a_quote_gets_its_marks_once() -> None:
    letter = letter_of(BLOCKS["quote"], language="fr")

    assert "> «\u00a0Everybody gains.\u00a0»" in letter.text


def test_an_empty_letter_still_says_who_writes() -> None:
    letter = letter_of()

    assert "Urban Europe Network" in Letter(letter.html).words
    assert Letter(letter.html).faults == []
