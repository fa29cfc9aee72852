"""Nobody without consent is counted in a group of fewer than k."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.delivery.grouping import Cell, Group, group, personal
from outreach.stakeholders.models import Tier

CELLS = st.builds(
    Cell,
    role_id=st.sampled_from([None, 1, 2, 3]),
    tier=st.sampled_from([None, Tier.MUNICIPALITY, Tier.EU]),
    country=st.sampled_from([None, "BE", "NL", "DE"]),
    language=st.sampled_from(["en", "nl"]),
    variant=st.sampled_from(["", "city"]),
    arm=st.sampled_from(["", "a", "b"]),
)
SIZES = st.integers(min_value=1, max_value=30)
THRESHOLDS = st.integers(min_value=2, max_value=20)


def ngo(country: str, **values: str) -> Cell:
    return Cell(role_id=1, tier=None, country=country, language="en", **values)


@given(st.dictionaries(CELLS, SIZES), THRESHOLDS)
def test_no_measured_group_is_smaller_than_k(cells: dict[Cell, int], k: int) -> None:
    groups = group(cells, k).groups

    assert all(one.size >= k for one in groups if one.is_measured)


@given(st.dictionaries(CELLS, SIZES), THRESHOLDS)
def test_every_cell_is_in_exactly_one_group_and_sizes_add_up(
    cells: dict[Cell, int], k: int
) -> None:
    groups = group(cells, k).groups

    members = [cell for one in groups for cell in one.cells]
    assert sorted(map(repr, members)) == sorted(map(repr, cells))
    assert all(one.size == sum(cells[cell] for cell in one.cells) for one in groups)


@given(st.dictionaries(CELLS, SIZES), THRESHOLDS)
def test_a_folded_dimension_is_named_and_an_unfolded_one_has_its_value(
    cells: dict[Cell, int], k: int
) -> None:
    for one in group(cells, k).groups:
        for name in Cell._fields:
            values = {getattr(cell, name) for cell in one.cells}
            assert (name in one.folded) == (len(values) > 1)
            assert name in one.folded or {one.value(name)} == values


@given(st.dictionaries(CELLS, SIZES), THRESHOLDS)
def test_a_role_with_k_people_is_never_counted_with_a_smaller_heap_of_its_own_left_out(
    cells: dict[Cell, int], k: int
) -> None:
    by_role: dict[int | None, int] = {}
    for cell, size in cells.items():
        by_role[cell.role_id] = by_role.get(cell.role_id, 0) + size

    grouping = group(cells, k)

    if all(size >= k for size in by_role.values()):
        assert all("role_id" not in one.folded for one in grouping.groups)


@given(st.dictionaries(CELLS, SIZES), THRESHOLDS)
def test_grouping_again_gives_the_same_groups(cells: dict[Cell, int], k: int) -> None:
    reordered = dict(reversed(cells.items()))

    assert group(reordered, k).groups == group(cells, k).groups


def test_fewer_than_k_people_in_the_whole_mailing_carry_no_token() -> None:
    groups = group({ngo("BE"): 2, ngo("NL"): 2}, 5).groups

    assert [(one.size, one.is_measured) for one in groups] == [(4, False)]


def test_countries_are_given_up_before_roles() -> None:
    funder = Cell(role_id=2, tier=None, country="BE", language="en")

    groups = group({ngo("BE"): 3, ngo("NL"): 3, funder: 6}, 5).groups

    assert [(one.value("role_id"), one.folded, one.size) for one in groups] == [
        (1, ("country",), 6),
        (2, (), 6),
    ]


def test_a_heap_that_stays_too_small_joins_the_smallest_group_of_its_own_role() -> None:
    funder = Cell(role_id=2, tier=None, country="BE", language="en")

    groups = group({ngo("BE"): 20, ngo("NL"): 9, ngo("DE"): 2, funder: 5}, 5).groups

    assert {(one.value("role_id"), one.value("country"), one.size) for one in groups} == {
        (1, "BE", 20),
        (1, None, 11),
        (2, "BE", 5),
    }


def test_a_role_of_fewer_than_k_is_counted_together_with_another() -> None:
    funder = Cell(role_id=2, tier=None, country="BE", language="en")

    groups = group({ngo("BE"): 20, funder: 2}, 5).groups

    assert [(one.value("role_id"), one.folded, one.size) for one in groups] == [
        (None, ("role_id",), 22)
    ]


def test_people_who_agreed_have_groups_of_their_own_of_any_size() -> None:
    groups = personal([(ngo("BE"), 1), (ngo("NL"), 3)])

    assert groups == (
        Group(frozenset({ngo("BE")}), 1, is_personal=True),
        Group(frozenset({ngo("NL")}), 3, is_personal=True),
    )


def test_nobody_at_all_gives_no_group() -> None:
    assert group({}, 5).groups == ()
