"""Token groups: people without measurement consent are counted only together with k - 1 others.

Cells of fewer than k people are merged in a fixed order of dimensions. A fold
never splits a cell, and roles stay apart as long as each has k people: figures are read by role.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from outreach.stakeholders.models import Tier


class Cell(NamedTuple):
    """What is alike in all letters counted together."""

    role_id: int | None
    tier: Tier | None
    country: str | None
    language: str
    variant: str = ""
    arm: str = ""


FOLD_ORDER = ("arm", "country", "tier", "language", "variant", "role_id")
"""The dimensions in the order in which they are given up."""
_LAST_WITHIN_A_ROLE = "variant"


@dataclass(frozen=True, slots=True)
class Group:
    """Letters counted together: a dimension in `folded` differs among them, the others do not."""

    cells: frozenset[Cell]
    size: int
    is_measured: bool = True
    is_personal: bool = False

    @property
    def folded(self) -> tuple[str, ...]:
        """The dimensions that were given up, in the order in which that is done."""
        return tuple(name for name in FOLD_ORDER if len(self._values(name)) > 1)

    def value(self, name: str) -> str | int | None:
        """Return what all members have in common in a dimension; None where it is folded."""
        values = self._values(name)
        return next(iter(values)) if len(values) == 1 else None

    def _values(self, name: str) -> set[str | int | None]:
        return {getattr(cell, name) for cell in self.cells}


@dataclass(frozen=True, slots=True)
class Grouping:
    """All groups of a mailing's unmeasured people; every cell is in exactly one."""

    groups: tuple[Group, ...]

    def group_of(self, cell: Cell) -> Group:
        """Return the group a cell belongs to."""
        return next(group for group in self.groups if cell in group.cells)


def group(cells: Mapping[Cell, int], k: int) -> Grouping:
    """Merge cells (with the number of people in each) until every group has at least `k` people.

    When the whole mailing has fewer than `k`, they are one group that carries no measuring token.
    """
    alone = [_Heap(frozenset({cell}), size) for cell, size in cells.items() if size]
    if sum(heap.size for heap in alone) < k:
        return Grouping((_merged(alone).as_group(is_measured=False),) if alone else ())
    large, small = _parted(alone, k)
    for number, name in enumerate(FOLD_ORDER, start=1):
        kept = [one for one in Cell._fields if one not in FOLD_ORDER[:number]]
        grown, small = _parted(_folded(small, kept), k)
        large += grown
        if name == _LAST_WITHIN_A_ROLE:
            large, small = _adopted(large, small, within_role=True)
    large, small = _adopted(large, small, within_role=False)
    return Grouping(tuple(sorted((heap.as_group() for heap in large), key=_order)))


def group_by_arm(cells: Mapping[Cell, int], k: int) -> tuple[Group, ...]:
    """Group the letters of each arm of a subject test by themselves: the test reads its groups.

    An arm with fewer than `k` of these people is grouped with the largest one.
    """
    arms: dict[str, dict[Cell, int]] = defaultdict(dict)
    for cell, size in cells.items():
        arms[cell.arm][cell] = size
    pools = sorted(arms.values(), key=lambda pool: -sum(pool.values()))
    large = [pool for pool in pools if sum(pool.values()) >= k] or pools[:1]
    for small in pools[len(large) :]:
        large[0] |= small
    return tuple(one for pool in large for one in group(pool, k).groups)


def personal(cells: Iterable[tuple[Cell, int]]) -> tuple[Group, ...]:
    """Return the groups of people who agreed to be measured: each cell its own, of any size."""
    return tuple(
        sorted(
            (Group(frozenset({cell}), size, is_personal=True) for cell, size in cells), key=_order
        )
    )


@dataclass(frozen=True, slots=True)
class _Heap:
    cells: frozenset[Cell]
    size: int

    @property
    def role_ids(self) -> set[int | None]:
        return {cell.role_id for cell in self.cells}

    def as_group(self, *, is_measured: bool = True) -> Group:
        return Group(self.cells, self.size, is_measured=is_measured)


def _parted(heaps: Iterable[_Heap], k: int) -> tuple[list[_Heap], list[_Heap]]:
    large, small = list[_Heap](), list[_Heap]()
    for heap in heaps:
        (large if heap.size >= k else small).append(heap)
    return large, small


def _folded(small: list[_Heap], kept: list[str]) -> list[_Heap]:
    """Merge the heaps that are alike in the dimensions still kept."""
    alike: dict[tuple[object, ...], list[_Heap]] = defaultdict(list)
    for heap in small:
        example = next(iter(heap.cells))
        alike[tuple(getattr(example, name) for name in kept)].append(heap)
    return [_merged(heaps) for heaps in alike.values()]


def _adopted(
    large: list[_Heap], small: list[_Heap], *, within_role: bool
) -> tuple[list[_Heap], list[_Heap]]:
    """Let the smallest large heap (of the same role) take each heap that stayed too small."""
    large, left = list(large), list[_Heap]()
    for heap in small:
        fits = [one for one in large if not within_role or one.role_ids == heap.role_ids]
        if not fits:
            left.append(heap)
            continue
        host = min(fits, key=lambda one: (one.size, _cells(one.cells)))
        large[large.index(host)] = _merged([host, heap])
    return large, left


def _merged(heaps: list[_Heap]) -> _Heap:
    cells = frozenset(cell for heap in heaps for cell in heap.cells)
    return _Heap(cells, sum(heap.size for heap in heaps))


def _order(one: Group) -> tuple[tuple[str, ...], ...]:
    return _cells(one.cells)


def _cells(cells: frozenset[Cell]) -> tuple[tuple[str, ...], ...]:
    """The same order on every machine, also among empty values."""
    return tuple(sorted(tuple(str(part or "").rjust(12) for part in cell) for cell in cells))
