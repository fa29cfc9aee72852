"""The colours of a letter in both schemes, and the arithmetic that keeps them legible (M9)."""

import re
from dataclasses import dataclass

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text against what is behind it."""
_DARK_PARTNERS = {"#0b5d66": "#5cc0c8"}
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Palette:
    """One scheme: every text colour is legible on every surface it is used on."""

    canvas: str
    surface: str
    ink: str
    muted: str
    line: str
    accent: str
    soft: str
    """Behind bands; accent, ink and muted stay legible on it."""
    on_accent: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """A letter's colours: by day and by night."""

    light: Palette
    dark: Palette


def scheme(accent: str) -> Scheme:
    """Return the palettes around an accent, darkened or lightened until it can be read."""
    accent = accent.lower() if _HEX.fullmatch(accent.lower()) else "#0b5d66"
    return Scheme(light=_light(accent), dark=_dark(_DARK_PARTNERS.get(accent, accent)))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two #rrggbb colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _light(accent: str) -> Palette:
    # Darkest first: the soft band is made of the accent, so it is fixed before the accent moves.
    soft = _mixed(accent, "#ffffff", 0.885)
    legible = _legible(accent, against=("#ffffff", "#f6f5f1", soft), towards="#000000")
    return Palette(
        canvas="#f6f5f1",
        surface="#ffffff",
        ink="#1b2430",
        muted=_legible("#56606c", against=("#f6f5f1", soft), towards="#000000"),
        line="#dcd8ce",
        accent=legible,
        soft=soft,
        on_accent="#ffffff",
    )


def _dark(accent: str) -> Palette:
    legible = _legible(accent, against=("#12171d", "#1a2129", "#22303a"), towards="#ffffff")
    return Palette(
        canvas="#12171d",
        surface="#1a2129",
        ink="#e8eaed",
        muted="#a6b0bb",
        line="#2e3842",
        accent=legible,
        soft="#22303a",
        on_accent="#12171d",
    )


def _legible(colour: str, *, against: tuple[str, ...], towards: str) -> str:
    for step in range(21):
        candidate = _mixed(colour, towards, step / 20)
        if all(contrast(candidate, surface) >= LEAST_CONTRAST for surface in against):
            return candidate
    return towards


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
