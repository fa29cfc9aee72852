"""Pages of a list, whatever the address says."""

import pytest

from outreach.web.pagination import MAX_NUMBER, MAX_SIZE, PageRequest, cut, parse


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (None, 1),
        ("", 1),
        ("abc", 1),
        ("-1", 1),
        ("--2", 1),
        ("0", 1),
        ("1.5", 1),
        ("٣", 1),
        ("1e9", 1),
        (" 7 ", 7),
        ("007", 7),
        ("100001", MAX_NUMBER),
        ("9" * 5000, MAX_NUMBER),
    ],
)
def test_a_senseless_page_becomes_the_nearest_that_makes_sense(
    typed: str | None, number: int
) -> None:
    assert parse(typed).number == number


def test_the_size_is_bounded_and_has_a_default_of_the_page() -> None:
    sizes = [parse("1", size, default_size=20).size for size in ("1000000", "-5", "x", None)]

    assert sizes == [MAX_SIZE, 1, 20, 20]


def test_one_row_more_than_shown_tells_that_another_page_follows() -> None:
    request = PageRequest(number=2, size=10)

    page = cut(list(range(request.limit)), request)

    assert (request.offset, request.limit) == (10, 11)
    assert page.items == list(range(10))
    assert page.has_next
    assert page.has_previous
    assert page.summary == "11 to 20"


def test_the_last_page_says_where_it_ends() -> None:
    page = cut([1, 2, 3], PageRequest(number=3, size=10), total=1023)

    assert not page.has_next
    assert (page.first, page.last) == (21, 23)
    assert page.summary == "21 to 23 of 1,023"


def test_an_empty_page_says_so() -> None:
    page = cut(list[int](), PageRequest())

    assert (page.first, page.last, page.has_next, page.has_previous) == (0, 0, False, False)
    assert page.summary == "Nothing on this page"
