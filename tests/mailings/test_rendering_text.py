"""The text part: readable by itself, lines that fit, addresses that are whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.mail.slots import SlotKind, slot
from outreach.mailings import blocks, rendering
from outreach.mailings.rendering.prose import prose
from outreach.mailings.rendering.wrapping import WIDTH, wrap
from tests.mailings.rendering_kit import BLOCKS, SENDING, reference


def lines_of(markdown: str) -> list[str]:
    return list(prose(markdown, lambda address, _label: address).lines)


@pytest.mark.parametrize("content", [reference(), blocks.compose(BLOCKS.values())])
def test_lines_fit_unless_one_address_does_not(content: blocks.Content) -> None:
    text = rendering.render(content, SENDING).text

    long = [line for line in text.split("\n") if len(line) > WIDTH]
    assert [line for line in long if len(line.split()) > 1 and "://" not in line] == []


@given(st.text(alphabet="ab c-", max_size=300), st.sampled_from(["", "> ", "- "]))
def test_wrapping_loses_no_word_and_no_line_is_too_long(text: str, first: str) -> None:
    lines = wrap(text, first=first, rest=" " * len(first))

    words = " ".join(lines).removeprefix(first).split()
    assert words == text.split()
    assert all(len(line) <= WIDTH or " " not in line.strip() for line in lines)


def test_an_address_is_never_broken() -> None:
    address = f"https://outreach.example.org/t/c/{slot('measure', SlotKind.URL)}/12" + "x" * 80

    lines = wrap(f"View the policy brief (PDF): {address}")

    assert address in lines


def test_a_slot_is_taken_for_a_word_of_some_width() -> None:
    words = " ".join(["aaaa"] * 12)

    lines = wrap(f"{words} {slot('name')} bb")

    assert len(lines) == 2


def test_points_are_points_and_numbers_go_on() -> None:
    assert lines_of("- one\n- two\n  1. three\n  2. four\n\nend") == [
        "- one",
        "- two",
        "  1. three",
        "  2. four",
        "",
        "end",
    ]
    assert lines_of("3. three\n4. four") == ["3. three", "4. four"]


def test_links_follow_their_paragraph() -> None:
    assert lines_of("See [the brief](https://example.org/b) and *this*.\n\nNext.") == [
        "See the brief and this.",
        "the brief: https://example.org/b",
        "",
        "Next.",
    ]


def test_a_bare_address_stands_where_it_is_written_and_a_mailbox_too() -> None:
    assert lines_of("Go to <https://example.org/>. Or [write](mailto:a@example.org).") == [
        "Go to <https://example.org/>. Or write.",
        "write: a@example.org",
    ]


def test_a_hard_line_break_stays() -> None:
    assert lines_of("one  \ntwo\n\tthree") == ["one", "two three"]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# big", "<h2>big</h2>\n"),
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> `c`</p>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("![p](https://e.org/p.gif)", '<p>!<a href="https://e.org/p.gif">p</a></p>\n'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](/relative)", "<p>[x](/relative)</p>\n"),
        ("[x](mailto:a@e.org?subject=b)", '<p><a href="mailto:a@e.org?subject=b">x</a></p>\n'),
        ('[x](https://e.org "title")', '<p><a href="https://e.org">x</a></p>\n'),
        ("3. x", '<ol start="3">\n<li>x</li>\n</ol>\n'),
        ("> quoted", "<p>&gt; quoted</p>\n"),
        ("---", "<p>---</p>\n"),
    ],
)
def test_only_what_a_letter_needs_is_markdown(markdown: str, html: str) -> None:
    assert prose(markdown, lambda address, _label: address).html == html


def test_a_quote_and_its_source_are_marked_as_such() -> None:
    text = rendering.render(blocks.compose([BLOCKS["quote"]]), SENDING).text

    assert "\n> “Everybody gains.”\n>\n> — An intermediary\n" in text
