"""Colours: whatever accent a network chooses, every word of its letters can be read (M9)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.mailings import blocks, rendering
from outreach.mailings.rendering.colours import LEAST_CONTRAST, Palette, contrast, scheme
from tests.mailings.rendering_kit import BLOCKS, CONTEXT, Element, Letter

HEX = re.compile("#[0-9a-fA-F]{3,6}")
accents = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def full(colour: str) -> str:
    short = colour.removeprefix("#")
    return "#" + (short if len(short) == 6 else "".join(letter * 2 for letter in short)).lower()


def nearest(element: Element, *names: str) -> str:
    for around in element.up():
        for name in names:
            found = HEX.fullmatch(around.style.get(name, ""))
            if found:
                return full(found[0])
    raise AssertionError(f"nothing around <{element.tag}> says its {names[0]}")


def is_legible(palette: Palette) -> bool:
    pairs = [
        (text, surface)
        for text in (palette.ink, palette.muted, palette.accent)
        for surface in (palette.canvas, palette.surface, palette.soft)
    ]
    return all(
        contrast(text, surface) >= LEAST_CONTRAST
        for text, surface in [*pairs, (palette.on_accent, palette.accent)]
    )


@given(accents)
def test_any_accent_is_made_legible_in_both_schemes(accent: str) -> None:
    colours = scheme(accent)

    assert is_legible(colours.light)
    assert is_legible(colours.dark)


def test_our_own_petrol_is_left_as_it_is() -> None:
    colours = scheme("#0B5D66")

    assert (colours.light.accent, colours.dark.accent) == ("#0b5d66", "#5cc0c8")


@pytest.mark.parametrize("accent", ["", "red", "#fff", "#0b5d66;}", "url(x)", "#0b5d6g"])
def test_what_is_no_colour_gives_our_own(accent: str) -> None:
    assert scheme(accent) == scheme("#0b5d66")


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_word_of_a_letter_stands_out_from_what_is_behind_it() -> None:
    letter = Letter(rendering.render(blocks.compose(BLOCKS.values()), CONTEXT).html)
    body = letter.all("body")[0]
    words = [each for each in letter.elements if each.text.strip() and body in each.up()]
    visible = [each for each in words if each.style.get("display") != "none"]

    ratios = {
        f"<{each.tag}> {each.text.strip()[:20]}": contrast(
            nearest(each, "color"), nearest(each, "background", "background-color")
        )
        for each in visible
    }

    assert len(ratios) > 20
    assert {name: ratio for name, ratio in ratios.items() if ratio < LEAST_CONTRAST} == {}
