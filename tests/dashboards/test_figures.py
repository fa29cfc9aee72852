"""Sums of figures: letters without a token are left out, letters not told apart leave a gap."""

from outreach.dashboards.breakdowns import NONE, SEVERAL, breakdowns
from outreach.dashboards.figures import Figures, total
from outreach.dashboards.wording import DIMENSIONS
from outreach.delivery.grouping import FOLD_ORDER
from outreach.delivery.models import TokenGroup
from outreach.stakeholders.models import Tier

COUNTED = Figures(sent=10, measured=10, clicked=3, opened=4, engaged=3, visits=5, downloads=2)
PLAIN = Figures(sent=3).uncounted()
SHARED = Figures(sent=20, measured=20, visits=7, downloads=1).by_visits()


def test_letters_without_a_token_are_neither_in_the_sum_nor_in_its_base() -> None:
    both = total([COUNTED, PLAIN])

    assert (both.sent, both.measured, both.visits, both.clicked) == (13, 10, 5, 3)


def test_letters_that_are_not_told_apart_leave_the_count_of_letters_open() -> None:
    both = total([COUNTED, SHARED])

    assert (both.visits, both.downloads, both.measured) == (12, 3, 30)
    assert both.clicked is both.opened is both.engaged is None


def test_where_nothing_was_counted_nothing_reads_zero() -> None:
    assert total([PLAIN, PLAIN]).visits is None
    assert total([]).visits == 0


def test_every_dimension_that_can_be_folded_is_named_on_the_screen() -> None:
    assert set(FOLD_ORDER) == set(DIMENSIONS)


def test_letters_are_told_apart_by_what_differs_and_folded_ones_stand_last() -> None:
    parts = [
        (TokenGroup(country="BE", tier=Tier.EU, language="en", variant="", folded=[]), COUNTED),
        (TokenGroup(country="DK", tier=None, language="en", variant="", folded=[]), COUNTED),
        (TokenGroup(country=None, tier=None, language="en", variant="", folded=["country"]), PLAIN),
    ]

    found = {one.name: dict(one.rows) for one in breakdowns(parts)}

    assert list(found["Country"]) == ["Belgium", "Denmark", SEVERAL]
    assert found["Country"][SEVERAL].visits is None
    assert found["Level"][NONE].sent == 13
    assert set(found) == {"Level", "Country"}
