"""How moments, figures and codes read."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.web import filters

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_a_moment_is_said_in_its_zone_and_names_it() -> None:
    said = filters.local_datetime(MORNING, "Europe/Brussels")

    assert said == "23 Nov 2026, 09:00 (Europe/Brussels)"


def test_a_day_follows_the_zone_too() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert filters.local_date(late, "Europe/Brussels") == "24 Nov 2026"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3, minutes=59), "3 hours ago"),
        (timedelta(days=45), "45 days ago"),
        (-timedelta(days=2), "in 2 days"),
    ],
)
def test_a_span_is_said_in_its_largest_whole_unit(before: timedelta, said: str) -> None:
    assert filters.ago(MORNING - before, MORNING) == said


@pytest.mark.parametrize(
    ("figure", "said"),
    [(0, "0"), (1234, "1,234"), (1234567.0, "1,234,567"), (2.5, "2.5"), (-1200, "-1,200")],
)
def test_a_figure_has_its_thousands_apart(figure: float, said: str) -> None:
    assert filters.number(figure) == said


@pytest.mark.parametrize(
    "unknown",
    [
        filters.number(None),
        filters.per_hundred(None, 100),
        filters.per_hundred(3, 0),
        filters.per_hundred(3, None),
        filters.filesize(None),
        filters.local_datetime(None),
        filters.local_date(None),
        filters.ago(None, MORNING),
        filters.country_name(None),
        filters.language_name(""),
    ],
)
def test_what_is_unknown_is_never_shown_as_nothing(unknown: str) -> None:
    assert unknown == "not available"


def test_a_rate_is_per_hundred_letters() -> None:
    rates = [filters.per_hundred(1, 8), filters.per_hundred(0, 8), filters.per_hundred(8, 8)]

    assert rates == ["12.5 per 100", "0 per 100", "100 per 100"]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1 KB"),
        (1_234_567, "1.2 MB"),
        (999_999, "1 MB"),
        (52_428_800, "52.4 MB"),
    ],
)
def test_a_size_is_said_in_the_unit_people_compare(size: int, said: str) -> None:
    assert filters.filesize(size) == said


def test_a_count_agrees_with_its_noun() -> None:
    said = [filters.plural(1, "letter"), filters.plural(1200, "letter")]

    assert said == ["1 letter", "1,200 letters"]
    assert filters.plural(2, "person", "people") == "2 people"


def test_countries_and_languages_are_named_in_the_readers_language() -> None:
    assert filters.country_name("be", "nl") == "België"
    assert filters.language_name("DA", "de") == "Dänisch"


def test_an_unknown_code_is_shown_as_it_is_and_an_unknown_reader_gets_english() -> None:
    assert filters.country_name("QQ") == "QQ"
    assert filters.language_name("xx-none") == "xx-none"
    assert filters.country_name("DK", "<script>") == "Denmark"


def test_all_filters_are_offered_by_name() -> None:
    assert filters.FILTERS["filesize"] is filters.filesize


def test_a_time_as_it_was_chosen_reads_as_any_other() -> None:
    assert filters.wall_datetime("2026-12-01 09:00", "where each reader is") == (
        "1 Dec 2026, 09:00 (where each reader is)"
    )
