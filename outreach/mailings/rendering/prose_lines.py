"""Markdown tokens → lines of the text part.

A paragraph stays readable: its links follow it, each on a line as "label: address".
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from outreach.mailings.rendering.wrapping import wrap


def as_lines(tokens: Sequence[Token]) -> list[str]:
    """Write parsed Markdown as wrapped lines, without blank lines around them."""
    writer = _Writer()
    for token in tokens:
        writer.take(token)
    while writer.lines and not writer.lines[-1]:
        writer.lines.pop()
    return writer.lines


class _Writer:
    """Walks through tokens and keeps the lists it stands in."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers: list[int | None] = []
        self._indents: list[int] = []
        self._marker = ""

    def take(self, token: Token) -> None:
        """Write what this token adds."""
        match token.type:
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                self._pause(is_wanted=not self._numbers)
            case "list_item_open":
                self._marker = self._next_marker()
                self._indents.append(len(self._marker))
            case "list_item_close":
                self._indents.pop()
                self._marker = ""
            case "inline":
                self._write(token.children or [])
            case "paragraph_close" | "heading_close":
                self._pause(is_wanted=not token.hidden)

    def _next_marker(self) -> str:
        number = self._numbers[-1]
        if number is None:
            return "- "
        self._numbers[-1] = number + 1
        return f"{number}. "

    def _write(self, children: Sequence[Token]) -> None:
        rest = " " * sum(self._indents)
        first = rest[: len(rest) - len(self._marker)] + self._marker
        for line in _text(children).split("\n"):
            self.lines += wrap(line, first=first, rest=rest)
            first = rest
        for label, address in _links(children):
            self.lines += wrap(f"{label}: {address}" if label else address, first=rest)
        self._marker = ""

    def _pause(self, *, is_wanted: bool) -> None:
        if is_wanted and self.lines and self.lines[-1]:
            self.lines.append("")


def _text(children: Iterable[Token]) -> str:
    pieces = []
    address = ""
    for child in children:
        if child.type == "link_open":
            # In brackets, or the full stop behind it would be taken for its end (RFC 3986, C).
            address = f"<{_address(child)}>" if child.info == "auto" else ""
        elif child.type == "link_close":
            address = ""
        else:
            pieces.append(address or _words(child))
    return re.sub(" *\n *", "\n", re.sub("[ \t]+", " ", "".join(pieces))).strip()


def _words(child: Token) -> str:
    return {"softbreak": " ", "hardbreak": "\n"}.get(child.type, child.content)


def _links(children: Iterable[Token]) -> Iterator[tuple[str, str]]:
    """Yield label and address of all links but those whose words are their address."""
    words: list[str] = []
    opened: Token | None = None
    for child in children:
        if child.type == "link_open":
            opened, words = child, []
        elif child.type == "link_close" and opened:
            if opened.info != "auto":
                yield " ".join("".join(words).split()), _address(opened)
            opened = None
        else:
            words.append(_words(child))


def _address(link: Token) -> str:
    address = str(link.attrs["href"])
    return address if "?" in address else address.removeprefix("mailto:")
