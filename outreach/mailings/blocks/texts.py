"""What people type into blocks, made fit to travel: one line or several, no controls, no slots."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from outreach.mail.slots import CLOSE, OPEN
from outreach.mailings.blocks import merge

_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, bidirectional overrides (they disguise addresses), surrogates, non-characters and the
# two characters that mark slots: none of them can be meant by a person who writes a letter.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
    f"\ud800-\udfff{OPEN}{CLOSE}\ufdd0-\ufdef\ufffe\uffff]"
)


def one_line(text: str) -> str:
    """Return `text` as a single line: whitespace collapsed (no-break spaces kept), cleaned."""
    return re.sub("[ \t\n]+", " ", _clean(text)).strip()


def several_lines(text: str) -> str:
    """Return `text` with line ends as "\\n", cleaned, without blank space around it."""
    return _clean(text).strip()


def _clean(text: str) -> str:
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text).replace("\x1f", " "))


def _if_text(value: object, *, multiline: bool) -> object:
    if not isinstance(value, str):
        return value
    return several_lines(value) if multiline else one_line(value)


def _one_line_if_text(value: object) -> object:
    return _if_text(value, multiline=False)


def _several_lines_if_text(value: object) -> object:
    return _if_text(value, multiline=True)


OneLine = Annotated[
    str,
    BeforeValidator(_one_line_if_text),
    StringConstraints(min_length=1),
    AfterValidator(merge.check),
]
"""A required text of one line, which may hold merge fields."""

OptionalLine = Annotated[str, BeforeValidator(_one_line_if_text), AfterValidator(merge.check)]
"""A text of one line that may be empty."""

Prose = Annotated[
    str,
    BeforeValidator(_several_lines_if_text),
    StringConstraints(min_length=1),
    AfterValidator(merge.check),
]
"""A required Markdown text of several lines, which may hold merge fields."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""The readable name of something in another room."""
