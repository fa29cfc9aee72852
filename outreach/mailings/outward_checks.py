"""What pre-flight finds around a letter: where its answers go, whether its colours can be read."""

import re
from collections.abc import Iterator
from dataclasses import asdict

from outreach.mailings.findings import Finding, Step, block, warning
from outreach.mailings.rendering.colours import LEAST_CONTRAST, Palette, contrast, scheme

_UNREAD = re.compile(
    r"(?:do[-_.]?not[-_.]?|no[-_.]?)reply|mailer[-_.]?daemon|noanswer", re.IGNORECASE
)
_TEXTS = {"ink": "text", "muted": "small print", "accent": "links and marks"}
_GROUNDS = ("canvas", "surface", "soft")


def about_replies(address: str, inbox_address: str | None) -> Iterator[Finding]:
    """Say when answers would go where nobody reads them, as far as can be told."""
    local = address.partition("@")[0]
    if _UNREAD.search(local):
        yield block(
            f"Answers go to {address}, which by its name nobody reads.",
            "Give the project an address for questions, or the list a reply address.",
            Step.DETAILS,
            code="replies:unread",
        )
    elif inbox_address is not None and address and address.lower() != inbox_address.lower():
        read = f"it reads {inbox_address}" if inbox_address else "it reads no mailbox"
        yield warning(
            f"Answers go to {address}, which Outreach does not read ({read}).",
            "Make sure that somebody reads it.",
            Step.DETAILS,
        )


def about_colours(accent: str) -> Iterator[Finding]:
    """Look whether every text of a letter can be read on what is behind it, by day and night.

    WCAG 2.2, 1.4.3. The accent of a brand is darkened or lightened until it can; that is told.
    """
    colours = scheme(accent or "#0b5d66")
    for name, palette in (("by day", colours.light), ("by night", colours.dark)):
        for what, ratio in _weak(palette):
            yield block(
                f"The contrast of {what} {name} is {ratio:.1f}:1, below {LEAST_CONTRAST}:1.",
                "Choose another colour under Settings, Look of letters.",
                Step.CHECKS,
            )
    if accent and colours.light.accent != accent.lower():
        yield warning(
            f"The colour {accent} has too little contrast; letters show {colours.light.accent}.",
            "Choose a darker one under Settings, Look of letters, if this is not what you want.",
            Step.CHECKS,
        )


def _weak(palette: Palette) -> Iterator[tuple[str, float]]:
    values = asdict(palette)
    pairs = [
        (words, values[name], values[ground])
        for name, words in _TEXTS.items()
        for ground in _GROUNDS
    ]
    for words, text, ground in (*pairs, ("buttons", palette.on_accent, palette.accent)):
        if (ratio := contrast(text, ground)) < LEAST_CONTRAST:
            yield words, ratio
