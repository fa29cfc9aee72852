"""The same figures by level, country, language and variant, from the same token groups."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from outreach.dashboards.figures import Breakdown, Figures, total
from outreach.delivery.models import TokenGroup
from outreach.mailings.words import LEVELS, variant_words
from outreach.web.filters import country_name, language_name

SEVERAL = "Several, counted together"
NONE = "None"
EMPTY = {"arm": "The rest"}
"""What an empty value of a dimension means, where it is not "none"."""
DIMENSIONS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("tier", "Level", lambda value: LEVELS[value]),
    ("country", "Country", country_name),
    ("language", "Language", language_name),
    ("variant", "Variant", variant_words),
    ("arm", "Subject line", lambda value: f"Line {value}"),
)
Parts = Sequence[tuple[TokenGroup, Figures]]


def breakdowns(parts: Parts) -> tuple[Breakdown, ...]:
    """Return a mailing's figures by each dimension in which its letters differ."""
    found = (_by(parts, column, name, words) for column, name, words in DIMENSIONS)
    return tuple(one for one in found if len(one.rows) > 1)


def _by(parts: Parts, column: str, name: str, words: Callable[[Any], str]) -> Breakdown:
    rows: dict[str, list[Figures]] = {}
    label = cache(words)
    for group, figures in parts:
        rows.setdefault(_label(group, column, label), []).append(figures)
    ordered = sorted(rows, key=lambda label: (label in {NONE, SEVERAL, *EMPTY.values()}, label))
    return Breakdown(name, tuple((label, total(rows[label])) for label in ordered))


def _label(group: TokenGroup, column: str, words: Callable[[Any], str]) -> str:
    if column in group.folded:
        return SEVERAL
    value = getattr(group, column)
    return words(value) if value else EMPTY.get(column, NONE)
