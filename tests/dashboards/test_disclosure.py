"""Disclosure control: no small row, no hidden cell that a total gives away."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.dashboards.disclosure import (
    HIDDEN,
    NEARLY_ALL,
    hide_personal,
    join_small,
    shown_count,
)
from outreach.dashboards.figures import OTHER, Figures, RoleFigures, total
from outreach.dashboards.wording import NOT_COUNTED

K = 5
COUNTS = st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=9)


@given(COUNTS)
def test_no_small_count_is_shown_and_no_total_gives_a_hidden_one_away(counts: list[int]) -> None:
    cells = hide_personal(counts, k=K)
    hidden = [count for count, cell in zip(counts, cells, strict=True) if cell == HIDDEN]

    assert all(cell == HIDDEN or cell == 0 or cell >= K for cell in cells)  # type: ignore[operator]
    if hidden and len(hidden) < len(counts):
        assert len(hidden) >= 2
        assert sum(hidden) >= K


@given(COUNTS)
def test_every_hidden_cell_could_be_anything_from_nothing_to_k(counts: list[int]) -> None:
    """What can be worked out of a hidden cell from all that is shown, the total included."""
    cells = hide_personal(counts, k=K)
    shown = sum(cell for cell in cells if isinstance(cell, int))

    room = sum(counts) - shown
    several = sum(cell == HIDDEN for cell in cells) > 1

    if HIDDEN in cells and len(counts) > 1 and sum(counts) >= K:
        assert several
        assert room >= K


@given(COUNTS, st.data())
def test_the_difference_of_two_publications_gives_no_asker_away(
    counts: list[int], data: st.DataObject
) -> None:
    first = hide_personal(counts, k=K)
    more = data.draw(st.lists(st.integers(0, 9), min_size=len(counts), max_size=len(counts)))
    later = [count + added for count, added in zip(counts, more, strict=True)]

    second = hide_personal(later, k=K, published=first)

    for before, after in zip(first, second, strict=True):
        if isinstance(before, int) and isinstance(after, int):
            assert after == before or after - before >= K
        assert not (isinstance(before, int) and before >= K and after == HIDDEN)
    hidden = [count for count, cell in zip(later, second, strict=True) if cell == HIDDEN]
    if hidden and len(hidden) < len(later):
        assert len(hidden) >= 2
        assert sum(hidden) >= K


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert hide_personal([0, 5, 12], k=K) == [0, 5, 12]


@given(st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=9))
def test_every_row_shown_has_its_base_and_nothing_is_lost(bases: list[int]) -> None:
    rows = [
        RoleFigures(f"Role {i}", f"role-{i}", Figures(sent=base, visits=base // 3), base)
        for i, base in enumerate(bases)
    ]

    shown, rest = join_small(rows, least_base=10)

    assert all(row.unmeasured >= 10 for row in shown)
    sums = total([*(row.figures for row in shown), rest])
    assert (sums.sent, sums.visits) == (sum(bases), sum(base // 3 for base in bases))


def test_small_roles_join_other_roles() -> None:
    rows = [
        RoleFigures("NGOs", "ngo", Figures(sent=40, visits=12), 40),
        RoleFigures("Media", "media", Figures(sent=4, visits=2), 4),
        RoleFigures("Citizens", "citizen", Figures(sent=7, visits=1), 7),
    ]

    shown, rest = join_small(rows, least_base=10)

    assert [row.label for row in shown] == ["NGOs", OTHER]
    assert shown[1].figures.visits == 3
    assert rest == Figures()


def test_all_of_a_base_is_not_said_exactly_and_unknown_is_not_zero() -> None:
    assert shown_count(12, 12) == NEARLY_ALL
    assert shown_count(0, 12) == 0
    assert shown_count(None, 12) == NOT_COUNTED
