"""Blocks → the body of a mailing's file, so that reading it gives the same blocks again."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from outreach.mailings import blocks
from outreach.mailings.markdown.reading import DIVIDER, is_special


def write_blocks(content: blocks.Content) -> str:
    """Return the blocks as Markdown, a blank line between them."""
    written: list[str] = []
    before: blocks.Block | None = None
    numbers = {block.id: f"b{n}" for n, block in enumerate(content.blocks, start=1)}
    for block in content.blocks:
        if type(block) not in _WRITERS or not _is_plain(block):
            written.append(_data(block, numbers))
        elif isinstance(block, blocks.Text) and not isinstance(before, blocks.Text):
            written.append(_text(block))
        else:
            written.append(_WRITERS[type(block)](block))
        before = block
    if content.languages:
        written.append(_languages(content))
    return "\n\n".join(written)


def _is_plain(block: blocks.Block) -> bool:
    """Say whether the simple form of a block's kind says all of it."""
    is_cropped = isinstance(block, blocks.Picture) and (
        block.shape != "whole" or (block.focus_x, block.focus_y) != (50, 50)
    )
    return not (block.roles or block.texts or block.result or is_cropped)


def _text(block: blocks.Text) -> str:
    """Write text without a fence, unless a line of it would be read as something else."""
    is_plain = not any(map(is_special, block.markdown.split("\n")))
    return block.markdown if is_plain else _fenced_text(block)


def _fenced_text(block: blocks.Text) -> str:
    return _fenced("text", block.markdown.split("\n"))


def _headline(block: blocks.Headline) -> str:
    return f"# {block.text}\n{_shielded(block.intro)}".rstrip("\n")


def _relevance(block: blocks.Relevance) -> str:
    return _fenced("relevance", [_shielded(block.lead), *(f"- {point}" for point in block.points)])


def _quote(block: blocks.Quote) -> str:
    return _fenced("quote", [f"> {block.text}", f"— {block.attribution}"])


def _actions(block: blocks.CallsToAction) -> str:
    items = (f"- [{item.label}]({_target(item.target)})" for item in block.items)
    return _fenced("actions", items)


def _picture(block: blocks.Picture) -> str:
    rows = [f"![{block.alt}]({_target(block.source)})", block.caption]
    return _fenced("picture", [row for row in rows if row])


def _acknowledgement(block: blocks.Acknowledgement) -> str:
    return _fenced(f"acknowledgement {block.project}", [])


def _faq(block: blocks.FaqLink) -> str:
    return _fenced("faq", [block.label])


def _ask(block: blocks.AskUs) -> str:
    return _fenced("ask-us", [block.text])


def _divider(_block: blocks.Divider) -> str:
    return DIVIDER


def _data(block: blocks.Block, numbers: Mapping[str, str]) -> str:
    """Write every field of a block that the simple forms have no place for."""
    fields = block.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
    fields = {"kind": block.kind, **fields}
    if block.instead_of:
        fields["instead_of"] = numbers.get(block.instead_of, "")
    return _fenced("data", json.dumps(fields, ensure_ascii=False, indent=1).split("\n"))


def _languages(content: blocks.Content) -> str:
    """Write what the letter is also said in, with subject and preview line of each language."""
    stored = content.model_dump(mode="json", include={"languages", "lines"})
    return _fenced("languages", json.dumps(stored, ensure_ascii=False, indent=1).split("\n"))


def _fenced(name: str, lines: Iterable[str]) -> str:
    rows = list(lines)
    inside = (match for row in rows if (match := re.match(":{3,}", row)))
    fence = ":" * max([2, *(len(match[0]) for match in inside)]) + ":"
    return "\n".join([f"{fence} {name}", *rows, fence])


def _shielded(line: str) -> str:
    is_taken = is_special(line) or line.startswith(("\\", "- ", "* "))
    return f"\\{line}" if is_taken else line


def _target(text: str) -> str:
    return text.removeprefix("address:")


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    blocks.Headline: _headline,
    blocks.Text: _fenced_text,
    blocks.Relevance: _relevance,
    blocks.Quote: _quote,
    blocks.CallsToAction: _actions,
    blocks.Picture: _picture,
    blocks.Acknowledgement: _acknowledgement,
    blocks.FaqLink: _faq,
    blocks.AskUs: _ask,
    blocks.Divider: _divider,
}
