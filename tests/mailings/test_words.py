"""Blocks are known again by their words, not by the marks they were typed with."""

from outreach.mailings.blocks import compose
from outreach.mailings.words import block_words, variant_words


def test_a_block_is_named_by_plain_words_in_its_own_lines() -> None:
    markdown = "Some **bold** text\nand [a link](https://example.org).\n\n- one `point`"
    (text, quote, columns) = compose(
        [
            {"kind": "text", "markdown": markdown},
            {"kind": "quote", "text": "Ask us *first*", "attribution": "A mayor"},
            {"kind": "columns", "left": "_Dear_ {first_name},\\", "right": "snake\\_case"},
        ]
    ).blocks

    assert block_words(text) == "Some bold text\nand a link.\n\n- one point"
    assert block_words(quote) == "Ask us *first*"
    assert block_words(columns) == "Dear {first_name},\nsnake_case"


def test_a_variant_is_named_as_its_role_is() -> None:
    named = [variant_words(key) for key in ("ngo.en", "policy-maker.de", "city-planner.en", "*.en")]

    assert named == [
        "NGO, English",
        "policy-maker, German",
        "city planner, English",
        "Everybody else, English",
    ]
