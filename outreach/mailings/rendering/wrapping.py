"""Lines of the text part: at most 78 wide, words and addresses unbroken."""

from outreach.mail.slots import OPEN, split_slots

WIDTH = 78
_SLOT_WIDTH = 16
"""What a filled slot is taken to be wide; nobody knows before the letter is addressed."""


def wrap(text: str, *, first: str = "", rest: str | None = None) -> list[str]:
    """Break a line at spaces; `first` stands before its first line, `rest` before the others."""
    lines: list[str] = []
    line, width, indent = first, len(first), first if rest is None else rest
    is_empty = True
    for word in text.split(" "):
        size = _width(word)
        if not is_empty and width + 1 + size > WIDTH:
            lines.append(line)
            line, width, is_empty = indent, len(indent), True
        line, width = (
            (line + word, width + size) if is_empty else (f"{line} {word}", width + 1 + size)
        )
        is_empty = False
    return [*lines, line]


def _width(word: str) -> int:
    if OPEN not in word:
        return len(word)
    literals, places = split_slots(word)
    return sum(map(len, literals)) + _SLOT_WIDTH * len(places)
