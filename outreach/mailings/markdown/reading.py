"""The body of a mailing's file → the fields of its blocks, each with the line it begins at."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outreach.mailings.markdown.draft import UnreadableFile

HEADLINE = re.compile(r"# +(\S.*)")
FENCE = re.compile(r"(:{3,})[ \t]*(.*?)[ \t]*")
DIVIDER = "---"
LANGUAGES = "languages"
"""Not a block: what the letter is also said in."""
_ATTRIBUTION = re.compile(r"(?:—|–|--)[ \t]*(.*)")
_ACTION = re.compile(r"[-*][ \t]+\[(.*)\]\(([^()\[\]\s]+)\)[ \t]*")
_PICTURE = re.compile(r"!\[(.*)\]\(([^()\[\]\s]+)\)[ \t]*")
_POINT = re.compile(r"[-*][ \t]+(.*)")


@dataclass(frozen=True, slots=True)
class Found:
    """A block as it was read, not yet checked."""

    line: int
    fields: Mapping[str, Any]


def is_special(line: str) -> bool:
    """Say whether a line outside a fence begins something else than running text."""
    return line.rstrip(" \t") == DIVIDER or bool(HEADLINE.fullmatch(line) or FENCE.fullmatch(line))


def is_blank(line: str) -> bool:
    """Say whether a line holds nothing; a no-break space is something."""
    return not line.strip(" \t")


def unshielded(line: str) -> str:
    """Take away the backslash that keeps a line from being read as something special."""
    return line.removeprefix("\\")


class Reader:
    """Reads lines one by one; `first` is the number of the first of them in the file."""

    def __init__(self, lines: Sequence[str], first: int) -> None:
        self._lines = lines
        self._first = first
        self._at = 0

    def blocks(self) -> Iterator[Found]:
        """Yield the blocks in their order; raises UnreadableFile."""
        while self._at < len(self._lines):
            line, number = self._lines[self._at], self._first + self._at
            if is_blank(line):
                self._at += 1
            elif line.rstrip(" \t") == DIVIDER:
                self._at += 1
                yield Found(number, {"kind": "divider"})
            elif headline := HEADLINE.fullmatch(line):
                self._at += 1
                intro = " ".join(self._until(lambda next_: is_blank(next_) or is_special(next_)))
                fields = {"kind": "headline", "text": headline[1], "intro": unshielded(intro)}
                yield Found(number, fields)
            elif fence := FENCE.fullmatch(line):
                yield Found(number, self._fenced(fence, number))
            else:
                yield Found(
                    number, {"kind": "text", "markdown": "\n".join(self._until(is_special))}
                )

    def _until(self, is_end: Callable[[str], bool]) -> list[str]:
        start = self._at
        while self._at < len(self._lines) and not is_end(self._lines[self._at]):
            self._at += 1
        return list(self._lines[start : self._at])

    def _fenced(self, fence: re.Match[str], number: int) -> Mapping[str, Any]:
        self._at += 1
        colons, name = fence[1], fence[2]
        body = self._until(lambda line: line.rstrip(" \t") == colons)
        if not name:
            raise UnreadableFile(number, "this ::: closes nothing.", _WRITE)
        if self._at == len(self._lines):
            raise UnreadableFile(
                number, f"“{colons} {name}” is not closed.", f"End it with a line of “{colons}”."
            )
        self._at += 1
        kind, _, argument = name.partition(" ")
        if kind not in _READERS:
            raise UnreadableFile(number, f"there is no block “{kind[:40]}”.", _WRITE)
        return _READERS[kind](argument.strip(), body, number + 1)


def _text(_argument: str, body: Sequence[str], _line: int) -> Mapping[str, Any]:
    return {"kind": "text", "markdown": "\n".join(body)}


def _relevance(_argument: str, body: Sequence[str], _line: int) -> Mapping[str, Any]:
    lead: list[str] = []
    points: list[str] = []
    for line in body:
        if point := _POINT.fullmatch(line):
            points.append(point[1])
        elif points:
            points[-1] = f"{points[-1]} {line.strip()}"
        else:
            lead.append(unshielded(line))
    return {"kind": "relevance", "lead": " ".join(lead), "points": points}


def _quote(_argument: str, body: Sequence[str], line: int) -> Mapping[str, Any]:
    words: list[str] = []
    attribution = ""
    for number, row in enumerate(body, start=line):
        if row.startswith(">"):
            words.append(row[1:])
        elif found := _ATTRIBUTION.fullmatch(row):
            attribution = found[1]
        elif not is_blank(row):
            raise UnreadableFile(
                number,
                "this is neither a quote nor its source.",
                "Begin what was said with “> ” and who said it with “— ”.",
            )
    return {"kind": "quote", "text": " ".join(words), "attribution": attribution}


def _actions(_argument: str, body: Sequence[str], line: int) -> Mapping[str, Any]:
    items = []
    for number, row in enumerate(body, start=line):
        if found := _ACTION.fullmatch(row):
            items.append({"label": found[1], "target": _target(found[2])})
        elif not is_blank(row):
            raise UnreadableFile(
                number, "this is no call to action.", "Write “- [What it says](document:slug)”."
            )
    return {"kind": "calls_to_action", "items": items}


def _picture(_argument: str, body: Sequence[str], line: int) -> Mapping[str, Any]:
    rows = [row for row in body if not is_blank(row)]
    found = _PICTURE.fullmatch(rows[0]) if rows else None
    if not found:
        raise UnreadableFile(
            line, "there is no picture here.", "Write “![What it shows](file:12)”."
        )
    return {
        "kind": "picture",
        "alt": found[1],
        "source": _target(found[2]),
        "caption": " ".join(rows[1:]),
    }


def _acknowledgement(argument: str, _body: Sequence[str], _line: int) -> Mapping[str, Any]:
    return {"kind": "acknowledgement", "project": argument}


def _faq(_argument: str, body: Sequence[str], _line: int) -> Mapping[str, Any]:
    return {"kind": "faq_link", "label": " ".join(body)}


def _ask(_argument: str, body: Sequence[str], _line: int) -> Mapping[str, Any]:
    return {"kind": "ask_us", "text": " ".join(body)}


def _data(_argument: str, body: Sequence[str], line: int) -> Mapping[str, Any]:
    try:
        fields = json.loads("\n".join(body))
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or "id" in fields:
        raise UnreadableFile(
            line, "this is no block.", 'Write JSON such as {"kind": "spacer", "size": "small"}.'
        )
    return fields


def _languages(_argument: str, body: Sequence[str], line: int) -> Mapping[str, Any]:
    try:
        fields = json.loads("\n".join(body))
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or set(fields) - {"languages", "lines"}:
        raise UnreadableFile(
            line, "these are no languages.", 'Write JSON such as {"languages": ["de"]}.'
        )
    return {"kind": LANGUAGES, **fields}


def _target(text: str) -> str:
    return f"address:{text}" if text.startswith(("https://", "http://")) else text


_READERS: Mapping[str, Callable[[str, Sequence[str], int], Mapping[str, Any]]] = {
    "text": _text,
    "relevance": _relevance,
    "quote": _quote,
    "actions": _actions,
    "picture": _picture,
    "acknowledgement": _acknowledgement,
    "faq": _faq,
    "ask-us": _ask,
    "data": _data,
    LANGUAGES: _languages,
}
_WRITE = f"Begin a block with “::: name”, where name is one of {', '.join(_READERS)}."
