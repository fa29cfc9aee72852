"""The values of a front matter: YAML's nodes with their lines, read as they are written.

YAML's own rules would turn the country NO into a falsehood and 09:00 into a number. Anchors and
aliases are refused, since they can unfold without end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml

from outreach.mailings.blocks import merge, one_line
from outreach.mailings.markdown.draft import UnreadableFile

LONGEST = 16_000
_DEEPEST = 3
_MOST_NAMES = 300
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
COUNTRY = re.compile(r"[A-Z]{2}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2})?")
_EXAMPLES = {SLUG: "policy-maker", COUNTRY: "AT", LANGUAGE: "de"}
_HOW = "Write one “name: value” a line; put texts with a colon or a # into quotes."
_YES = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the line of its key."""

    node: yaml.Node
    line: int


def compose(text: str) -> yaml.Node:
    if len(text) > LONGEST:
        raise UnreadableFile(1, "the front matter is far too long.", "Keep texts in the blocks.")
    try:
        _refuse_bombs(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _number(error.problem_mark)
        raise UnreadableFile(line, f"{error.problem or error.context}.", _HOW) from error
    except yaml.YAMLError as error:
        raise UnreadableFile(1, "a character here cannot stand in a file.", _HOW) from error
    return node or yaml.MappingNode("tag:yaml.org,2002:map", [])


def _refuse_bombs(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _number(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UnreadableFile(line, "anchors (&) and aliases (*) are not read.", _HOW)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise UnreadableFile(line, "this is nested too deeply.", _HOW)


def mapping(entry: Entry | None, known: tuple[str, ...]) -> dict[str, Entry]:
    if entry is None or _is_empty(entry.node):
        return {}
    if not isinstance(entry.node, yaml.MappingNode):
        raise UnreadableFile(entry.line, f"names are expected here: {', '.join(known)}.", _HOW)
    found: dict[str, Entry] = {}
    for key, node in entry.node.value:
        line = _number(key.start_mark)
        name = key.value if isinstance(key, yaml.ScalarNode) else "…"
        if name not in known:
            raise UnreadableFile(
                line, f"“{one_line(name)[:60]}” is not known here.", _near(name, known)
            )
        if name in found:
            raise UnreadableFile(line, f"“{name}” stands here twice.", "Remove one of them.")
        found[name] = Entry(node, line)
    return found


def _number(mark: Any) -> int:
    """Return the line in the file (PyYAML has two classes of mark): it begins at the second."""
    return mark.line + 2 if mark else 1


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name[:60], known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."


def _is_left_open(node: yaml.Node) -> bool:
    """Say whether somebody wrote "": not forgotten, but still to be written."""
    return isinstance(node, yaml.ScalarNode) and node.style is not None and not node.value


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in {"", "~"}


def line_of(
    entries: Mapping[str, Entry], name: str, *, longest: int, is_needed: bool = False
) -> str:
    entry = entries.get(name)
    text = one_line(_scalar(entry, name)) if entry else ""
    line = entry.line if entry else 1
    if is_needed and not text and not (entry and _is_left_open(entry.node)):
        raise UnreadableFile(line, f"the {name} is missing.", f"Write “{name}: …” between the ---.")
    if len(text) > longest:
        raise UnreadableFile(line, f"the {name} is too long.", f"Keep it under {longest} letters.")
    return text


def with_fields(entries: Mapping[str, Entry], name: str, *, is_needed: bool = False) -> str:
    text = line_of(entries, name, longest=250, is_needed=is_needed)
    try:
        return merge.check(text)
    except ValueError as error:
        raise UnreadableFile(entries[name].line, f"{error}.") from error


def _scalar(entry: Entry, name: str) -> str:
    if not isinstance(entry.node, yaml.ScalarNode):
        raise UnreadableFile(entry.line, f"{name} takes one value.", f"Write “{name}: value”.")
    return "" if _is_empty(entry.node) else str(entry.node.value)


def slug_of(entries: Mapping[str, Entry], name: str) -> str:
    text = line_of(entries, name, longest=80, is_needed=True)
    return _checked(text, SLUG, entries[name].line)


def names_of(entries: Mapping[str, Entry], name: str, form: re.Pattern[str]) -> tuple[str, ...]:
    found = (_name(each, name, form) for each in _items(entries, name))
    return tuple(dict.fromkeys(found))


def _items(entries: Mapping[str, Entry], name: str) -> list[Entry]:
    """Return what a list holds; a single value is a list of one."""
    entry = entries.get(name)
    if entry is None or _is_empty(entry.node):
        return []
    nodes = [entry.node] if isinstance(entry.node, yaml.ScalarNode) else entry.node.value
    if isinstance(entry.node, yaml.MappingNode) or len(nodes) > _MOST_NAMES:
        raise UnreadableFile(
            entry.line,
            f"{name} takes a list of at most {_MOST_NAMES} names.",
            f"Write “{name}: [one, two]”.",
        )
    return [Entry(node, _number(node.start_mark)) for node in nodes]


def _name(entry: Entry, name: str, form: re.Pattern[str]) -> str:
    return _checked(one_line(_scalar(entry, name)), form, entry.line)


def texts_of(entries: Mapping[str, Entry], name: str, *, longest: int) -> tuple[str, ...]:
    texts = [(one_line(_scalar(each, name)), each.line) for each in _items(entries, name)]
    for text, line in texts:
        if len(text) > longest:
            raise UnreadableFile(line, f"{name}: this is too long.", f"At most {longest} letters.")
    return tuple(text for text, _ in texts)


def is_yes(entries: Mapping[str, Entry], name: str) -> bool:
    text = line_of(entries, name, longest=10)
    if text and text.lower() not in _YES:
        raise UnreadableFile(entries[name].line, f"{name} is yes or no.", f"Write “{name}: yes”.")
    return _YES.get(text.lower(), False)


def _checked(text: str, form: re.Pattern[str], line: int) -> str:
    if len(text) > 80 or not form.fullmatch(text):
        example = _EXAMPLES[form]
        raise UnreadableFile(line, f"“{text[:80]}” is no name.", f"Names look like {example}.")
    return text
