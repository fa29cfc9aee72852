"""Disclosure control: what partners and the public may see, decided once by pure functions.

Counts made of tokens that lead to nobody are shown wherever the base of their row is large enough,
small numbers and zeros included; smaller rows join "other roles". Counts that are known per person
(questions by role) hide 1..k-1, and more cells of their column until at least two are hidden and
their sum reaches k, so that the total gives no hidden cell away. Totals are always shown.
"""

from collections.abc import Sequence

from outreach.dashboards.figures import OTHER, Figures, RoleFigures, total
from outreach.dashboards.wording import NOT_COUNTED

Cell = int | str
NEARLY_ALL = "nearly all"
HIDDEN = "hidden"
"""One word for every hidden cell: "under 5" would tell a small one from a hidden zero."""


def join_small(
    rows: Sequence[RoleFigures], *, least_base: int
) -> tuple[tuple[RoleFigures, ...], Figures]:
    """Join rows with a base under `least_base` into "other roles".

    The base is the letters sent to people whose tokens lead to nobody. Should "other roles" itself
    stay too small, it takes in the next smallest row; if nothing is left, all is one sum. Returns
    the rows and what could not be shown in any row (all zero unless everything is too small).
    """
    large = [row for row in rows if row.slug and row.unmeasured >= least_base]
    small = [row for row in rows if row not in large]
    large.sort(key=lambda row: row.unmeasured)
    while small and _base(small) < least_base and large:
        small.append(large.pop(0))
    kept = tuple(row for row in rows if row in large)
    if not small:
        return kept, Figures()
    others = RoleFigures(OTHER, None, total(row.figures for row in small), _base(small))
    return ((*kept, others), Figures()) if others.unmeasured >= least_base else ((), others.figures)


def _base(rows: Sequence[RoleFigures]) -> int:
    return sum(row.unmeasured for row in rows)


def shown_count(count: int | None, base: int) -> Cell:
    """Return an anonymous count as it may be shown: all of a base would name everybody in it."""
    if count is None:
        return NOT_COUNTED
    return NEARLY_ALL if base and count == base else count


def hide_personal(
    counts: Sequence[int], *, k: int, published: Sequence[Cell | None] = ()
) -> list[Cell]:
    """Return a column of counts known per person, with 1..k-1 and what would betray them hidden.

    `published` holds for each cell what was last published for it, None for nothing. Two
    publications are a table as well: their difference would tell in which role somebody asked in
    between. A published number therefore stands until it has changed by at least `k`, and cells
    that were hidden before are hidden again before one that was shown.
    """
    before = list(published) or [None] * len(counts)
    steady = [_steady(count, old, k) for count, old in zip(counts, before, strict=True)]
    hidden = {index for index, count in enumerate(steady) if 0 < count < k}
    if hidden:
        candidates = sorted(
            (index for index in range(len(steady)) if index not in hidden),
            key=lambda index: (before[index] != HIDDEN, steady[index] == 0, steady[index]),
        )
        for index in candidates:
            if len(hidden) >= 2 and sum(steady[i] for i in hidden) >= k:
                break
            hidden.add(index)
    return [HIDDEN if index in hidden else count for index, count in enumerate(steady)]


def _steady(count: int, published: Cell | None, k: int) -> int:
    """Return the count that may be told: the published one until it has changed by `k`."""
    if isinstance(published, int) and abs(count - published) < k:
        return published
    return count
