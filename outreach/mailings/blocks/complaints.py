"""What is wrong with a block, in words for the person who writes it: what to do, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from outreach.core.errors import Refusal
from outreach.mailings.blocks.kinds import NAMES

_REMEDIES = {
    ("headline", "text"): "write the headline",
    ("text", "markdown"): "write something, or remove the block",
    ("relevance", "lead"): "write who this matters to",
    ("relevance", "points"): "add at least one point",
    ("quote", "text"): "write what was said",
    ("quote", "attribution"): "write who said it",
    ("calls_to_action", "items"): "add at least one call to action",
    ("calls_to_action", "label"): "write what the button says",
    ("calls_to_action", "target"): "choose where the button leads",
    ("picture", "source"): "choose a picture",
    ("picture", "alt"): "describe the picture for people who do not see it",
    ("acknowledgement", "project"): "choose the project to acknowledge",
    ("faq_link", "label"): "write what the link says",
    ("ask_us", "text"): "write how readers can ask you",
    ("document_card", "target"): "choose the document",
    ("document_card", "label"): "write what the button says",
    ("columns", "left"): "write the left column",
    ("columns", "right"): "write the right column",
    ("event", "title"): "write what takes place",
    ("event", "starts"): "say when it begins",
    ("event", "zone"): "choose its time zone",
    ("contact", "name"): "write who it is",
    ("faq", "items"): "choose at least one entry",
}
_MOST = 40
_EMPTY = {"missing", "string_too_short", "too_short", "string_type"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to put right."""

    position: int | None
    """The block's place, from 1; None when the complaint is about a block not yet placed."""
    kind: str
    """The kind of the block; "" when even that is wrong."""
    field: str
    """The field as the form names it; of a list also the place in it: "items.2.label"."""
    remedy: str
    """What to do, without a full stop: "write who said it"."""

    def __str__(self) -> str:
        place = [f"block {self.position}"] if self.position else []
        name = [NAMES[self.kind]] if self.kind in NAMES else []
        return f"{', '.join(place + name)}: {self.remedy}" if place + name else self.remedy


class BadContent(Refusal):
    """Blocks cannot be taken as they are; `complaints` has one entry for each thing to do."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("; ".join(_capitalised(str(each)) for each in complaints) + ".")
        self.complaints = tuple(complaints)


def complaints_of(error: ValidationError) -> tuple[Complaint, ...]:
    """Translate what pydantic found in a Content or in a single block."""
    details = error.errors()
    # A list whose entries are all wrong is also reported as empty, which would mislead.
    parents = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    causes = (detail for detail in details if not detail["loc"] or detail["loc"] not in parents)
    return tuple(_complaint(detail) for detail in islice(causes, _MOST))


def _complaint(detail: ErrorDetails) -> Complaint:
    path, position = list(detail["loc"]), None
    match path:
        case ["blocks", int(place), *rest]:
            path, position = rest, place + 1
        case ["blocks", *rest]:
            path = rest
    kind = str(path.pop(0)) if path and path[0] in NAMES else ""
    field = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
    names = [step for step in path if isinstance(step, str)]
    return Complaint(position, kind, field, _remedy(kind, names[-1] if names else "", detail))


def _remedy(kind: str, field: str, detail: ErrorDetails) -> str:
    limits: Mapping[str, object] = detail.get("ctx", {})
    match detail["type"]:
        case type_ if type_ in _EMPTY and (kind, field) in _REMEDIES:
            return _REMEDIES[kind, field]
        case "too_long" | "string_too_long" if isinstance(detail["input"], str):
            return f"shorten the {field} to at most {limits['max_length']} characters"
        case "too_long":
            return f"keep at most {limits['max_length']} of the {field}"
        case "value_error":
            return str(limits["error"])
        case "union_tag_invalid" | "union_tag_not_found":
            return f"choose one of the kinds of block: {', '.join(NAMES.values())}"
        case "extra_forbidden":
            return f"remove “{field}”, which this block does not have"
        case "string_pattern_mismatch":
            return f"write the {field} with small letters, digits and hyphens"
    return f"correct the {field or 'content'} ({detail['msg'].lower()})"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
