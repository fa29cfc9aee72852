"""The rules by which hits are labelled, as data: an operator may see, change and re-run them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, select

from outreach.core.errors import Refusal
from outreach.tracking.agents import CLASS_OF, AgentClass, class_of
from outreach.tracking.facts import Judgement
from outreach.tracking.models import LabelRules

FIRST_VERSION = 1
"""The built-in rules, in force until an operator changes them."""
RULES = {
    "head": "Asks for the head of a page only (HEAD)",
    "prefetch": "Says that it loads in advance",
    "empty": "Names no user agent",
    "library": "Is a program's library, not a browser",
    "crawler": "Is on the list of known crawlers",
    "burst": "Follows several different links of one letter at once",
    "privacy": "Is Apple's privacy loading of pictures",
    "soon": "Follows a link seconds after sending, and shows another sign",
    "forwarded": "Comes by a personal link from another device, more than a day later",
}
"""What each rule looks for, in the order in which they are asked."""
BOUNDS = {
    "burst_seconds": (1, 60),
    "burst_links": (2, 20),
    "soon_seconds": (1, 600),
    "forwarded_hours": (1, 720),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """One edition of the rules."""

    version: int = FIRST_VERSION
    burst_seconds: int = 2
    """Different links within so many seconds are one burst."""
    burst_links: int = 3
    """So many links at once no person follows (or all of a letter that has two)."""
    soon_seconds: int = 5
    forwarded_hours: int = 24
    off: frozenset[str] = frozenset()
    """The rules of `RULES` that are switched off."""
    classes: Mapping[str, AgentClass] = field(default_factory=lambda: MappingProxyType({}))
    """What kind of program an agent's family is, where the operator judges otherwise."""
    verdicts: dict[object, Judgement] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What was judged by them before: thousands of hits are alike in all that they ask for."""

    def class_of(self, family: str) -> AgentClass:
        """Return what kind of program a family is."""
        return self.classes.get(family) or class_of(family)

    def is_on(self, name: str) -> bool:
        """Whether a rule applies."""
        return name not in self.off

    def as_json(self) -> dict[str, Any]:
        """Return the settings as they are stored."""
        return {
            **{name: getattr(self, name) for name in BOUNDS},
            "off": sorted(self.off),
            "classes": {name: kind.value for name, kind in sorted(self.classes.items())},
        }

    def with_version(self, version: int) -> "Rules":
        """Return the same settings as another edition."""
        return replace(self, version=version)


DEFAULT = Rules()


def rules_of(version: int, stored: Mapping[str, Any]) -> Rules:
    """Return the rules of an edition; raises Refusal for a setting out of bounds."""
    numbers = {name: int(stored.get(name, getattr(DEFAULT, name))) for name in BOUNDS}
    for name, (least, most) in BOUNDS.items():
        if not least <= numbers[name] <= most:
            words = name.replace("_", " ")
            raise Refusal(f"{words.capitalize()}: choose a number from {least} to {most}.")
    classes = {
        family: AgentClass(kind)
        for family, kind in stored.get("classes", {}).items()
        if family in CLASS_OF and kind in set(AgentClass)
    }
    off = frozenset(name for name in stored.get("off", ()) if name in RULES)
    return Rules(version, **numbers, off=off, classes=MappingProxyType(classes))


def load_rules(connection: Connection) -> Rules:
    """Return the rules in force."""
    row = connection.execute(
        select(LabelRules.version, LabelRules.values).order_by(LabelRules.version.desc()).limit(1)
    ).first()
    return DEFAULT if row is None else rules_of(row[0], row[1])


def differences(before: Rules, after: Rules) -> list[str]:
    """Name the settings in which two editions differ."""
    names = [item.name for item in fields(Rules) if item.compare and item.name != "version"]
    return [name for name in names if getattr(before, name) != getattr(after, name)]
