"""Markdown without its marks, where plain words are wanted: headlines, points, names of blocks."""

import re

# An underscore within a word is no mark: {first_name}.
_MARKS = re.compile(
    r"\[([^\]]*)\]\([^)]*\)|\\([*_`#\[\]\\])|\\$|[*`#]+|(?<!\w)_+|_+(?!\w)", re.MULTILINE
)


def without_marks(markdown: str) -> str:
    """Return the words of a Markdown text in one line; of a link its words alone."""
    words = _MARKS.sub(lambda match: match[1] or match[2] or "", markdown)
    return " ".join(words.split())
