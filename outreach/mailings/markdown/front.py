"""The front matter: YAML between two lines of `---`, read without ever making an object of it.

Values are taken as they are written: YAML's own rules would turn the country NO into a falsehood
and 09:00 into a number. Anchors and aliases are refused, since they can unfold without end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import yaml

from outreach.core.text import LANGUAGES
from outreach.core.zones import is_zone
from outreach.mailings.blocks import merge, one_line
from outreach.mailings.markdown.draft import AudienceChoice, Schedule, UnreadableFile

LONGEST = 16_000
_DEEPEST = 3
_MOST_NAMES = 300
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_HOW = "Write one “name: value” a line; put texts with a colon or a # into quotes."
_KEYS = (
    *("title", "subject", "preheader", "language", "list"),
    *("results", "audience", "schedule"),
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value and the line of its key."""

    node: yaml.Node
    line: int


def read_front(text: str) -> dict[str, Any]:
    """Return the fields of a MailingDraft except `content`; raises UnreadableFile."""
    entries = _mapping(_Entry(_compose(text), 1), _KEYS)
    audience = _mapping(entries.get("audience"), ("roles", "levels", "countries"))
    return {
        "title": _line(entries, "title", longest=200, is_needed=True),
        "subject": _with_fields(entries, "subject", is_needed=True),
        "preheader": _with_fields(entries, "preheader"),
        "language": _language(entries),
        "list": _slug(entries, "list"),
        "results": _names(entries, "results", _SLUG),
        "audience": AudienceChoice(
            roles=_names(audience, "roles", _SLUG),
            levels=_names(audience, "levels", _SLUG),
            countries=_names(audience, "countries", _COUNTRY),
        ),
        "schedule": _schedule(entries.get("schedule")),
    }


def _compose(text: str) -> yaml.Node:
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


def _mapping(entry: _Entry | None, known: tuple[str, ...]) -> dict[str, _Entry]:
    if entry is None or _is_empty(entry.node):
        return {}
    if not isinstance(entry.node, yaml.MappingNode):
        raise UnreadableFile(entry.line, f"names are expected here: {', '.join(known)}.", _HOW)
    found: dict[str, _Entry] = {}
    for key, node in entry.node.value:
        line = _number(key.start_mark)
        name = key.value if isinstance(key, yaml.ScalarNode) else "…"
        if name not in known:
            raise UnreadableFile(
                line, f"“{one_line(name)[:60]}” is not known here.", _near(name, known)
            )
        if name in found:
            raise UnreadableFile(line, f"“{name}” stands here twice.", "Remove one of them.")
        found[name] = _Entry(node, line)
    return found


def _number(mark: Any) -> int:
    """Return the line in the file (PyYAML has two classes of mark): it begins at the second."""
    return mark.line + 2 if mark else 1


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name[:60], known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in {"", "~"}


def _line(
    entries: Mapping[str, _Entry], name: str, *, longest: int, is_needed: bool = False
) -> str:
    entry = entries.get(name)
    text = one_line(_scalar(entry, name)) if entry else ""
    line = entry.line if entry else 1
    if is_needed and not text:
        raise UnreadableFile(line, f"the {name} is missing.", f"Write “{name}: …” between the ---.")
    if len(text) > longest:
        raise UnreadableFile(line, f"the {name} is too long.", f"Keep it under {longest} letters.")
    return text


def _with_fields(entries: Mapping[str, _Entry], name: str, *, is_needed: bool = False) -> str:
    text = _line(entries, name, longest=250, is_needed=is_needed)
    try:
        return merge.check(text)
    except ValueError as error:
        raise UnreadableFile(entries[name].line, f"{error}.") from error


def _scalar(entry: _Entry, name: str) -> str:
    if not isinstance(entry.node, yaml.ScalarNode):
        raise UnreadableFile(entry.line, f"{name} takes one value.", f"Write “{name}: value”.")
    return "" if _is_empty(entry.node) else str(entry.node.value)


def _language(entries: Mapping[str, _Entry]) -> str:
    language = _line(entries, "language", longest=20) or "en"
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UnreadableFile(
            entries["language"].line, f"no letter can be in “{language}”.", f"Choose of {known}."
        )
    return language


def _slug(entries: Mapping[str, _Entry], name: str) -> str:
    text = _line(entries, name, longest=80, is_needed=True)
    return _checked(text, _SLUG, entries[name].line)


def _names(entries: Mapping[str, _Entry], name: str, form: re.Pattern[str]) -> tuple[str, ...]:
    entry = entries.get(name)
    if entry is None or _is_empty(entry.node):
        return ()
    nodes = [entry.node] if isinstance(entry.node, yaml.ScalarNode) else entry.node.value
    if isinstance(entry.node, yaml.MappingNode) or len(nodes) > _MOST_NAMES:
        raise UnreadableFile(
            entry.line,
            f"{name} takes a list of at most {_MOST_NAMES} names.",
            f"Write “{name}: [one, two]”.",
        )
    return tuple(dict.fromkeys(_name(node, name, form) for node in nodes))


def _name(node: yaml.Node, name: str, form: re.Pattern[str]) -> str:
    line = _number(node.start_mark)
    return _checked(one_line(_scalar(_Entry(node, line), name)), form, line)


def _checked(text: str, form: re.Pattern[str], line: int) -> str:
    if len(text) > 80 or not form.fullmatch(text):
        example = "AT" if form is _COUNTRY else "policy-maker"
        raise UnreadableFile(line, f"“{text[:80]}” is no name.", f"Names look like {example}.")
    return text


def _schedule(entry: _Entry | None) -> Schedule | None:
    entries = _mapping(entry, ("at", "zone"))
    if not entries:
        return None
    line = next(iter(entries.values())).line
    moment = _line(entries, "at", longest=16).replace("T", " ")
    zone = _line(entries, "zone", longest=60)
    if not (_MOMENT.fullmatch(moment) and _is_real(moment)):
        raise UnreadableFile(line, "this is no moment.", 'Write at: "2026-12-01 09:00".')
    if not is_zone(zone):
        raise UnreadableFile(line, f"there is no zone “{zone}”.", "Write zone: Europe/Brussels.")
    return Schedule(local=moment, zone=zone)


def _is_real(moment: str) -> bool:
    try:
        return bool(datetime.fromisoformat(moment))
    except ValueError:
        return False
