"""The fonts a letter's headlines can wear: none is loaded, each is one that readers have.

Outlook on Windows sets a letter in Times New Roman when it does not know the first name of a list.
It is given one font that every Windows has, in a style only it reads (`outlook` below).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Font:
    """A list of fonts alike, the best first, and what each program falls back on at last."""

    label: str
    stack: str
    outlook: str


SYSTEM = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
OUTLOOK_TEXT = "'Segoe UI',Arial,sans-serif"
"""What running text is set in by Outlook."""
FONTS = {
    "serif": Font(
        "Charter, as in a brief; Cambria or Georgia where it is missing",
        "Charter,'Bitstream Charter','Sitka Text',Cambria,Georgia,serif",
        "Cambria,Georgia,serif",
    ),
    "georgia": Font(
        "Georgia, a wide serif",
        "Georgia,'Times New Roman',serif",
        "Georgia,'Times New Roman',serif",
    ),
    "palatino": Font(
        "Palatino, a bookish serif",
        "'Palatino Linotype',Palatino,'Book Antiqua',Georgia,serif",
        "'Palatino Linotype',Georgia,serif",
    ),
    "times": Font(
        "Times New Roman, a narrow serif",
        "'Times New Roman',Times,'Liberation Serif',serif",
        "'Times New Roman',serif",
    ),
    "sans": Font("Each device's own, without serifs", SYSTEM, OUTLOOK_TEXT),
    "arial": Font(
        "Arial, without serifs",
        "Arial,Helvetica,'Liberation Sans',sans-serif",
        "Arial,sans-serif",
    ),
    "verdana": Font(
        "Verdana, wide without serifs",
        "Verdana,'DejaVu Sans',Geneva,sans-serif",
        "Verdana,sans-serif",
    ),
    "trebuchet": Font(
        "Trebuchet, lively without serifs",
        "'Trebuchet MS',Tahoma,Arial,sans-serif",
        "'Trebuchet MS',sans-serif",
    ),
}
DEFAULT = "serif"


def font_named(name: str) -> Font:
    """Return a font by its key; our own for one that is not in the list."""
    return FONTS.get(name, FONTS[DEFAULT])
