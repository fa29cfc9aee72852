"""Wall times and zones: gaps, folds, the past, and what is no time at all."""

from datetime import UTC, datetime

import pytest

from outreach.core.zones import zones
from outreach.mailings.moments import Moment, NotSchedulable, due_time

WINTER = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_a_wall_time_means_the_moment_its_zone_gives_it() -> None:
    winter = due_time(Moment("2026-02-01 09:00", "Europe/Brussels"), now=WINTER)
    summer = due_time(Moment("2026-07-01T09:00", "Europe/Brussels"), now=WINTER)

    assert winter.at == datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
    assert summer.at == datetime(2026, 7, 1, 7, 0, tzinfo=UTC)
    assert (summer.local, summer.zone, summer.note) == ("2026-07-01 09:00", "Europe/Brussels", "")


@pytest.mark.parametrize(
    ("local", "zone", "following"),
    [
        ("2026-03-29 02:00", "Europe/Brussels", "03:00"),
        ("2026-03-29 02:30", "Europe/Brussels", "03:00"),
        ("2026-03-08 02:59", "America/New_York", "03:00"),
        ("2026-10-04 02:15", "Australia/Lord_Howe", "02:30"),
    ],
)
def test_a_time_that_the_clock_skips_is_refused_with_the_next_one(
    local: str, zone: str, following: str
) -> None:
    with pytest.raises(NotSchedulable, match=f"jump over.*Choose {following}"):
        due_time(Moment(local, zone), now=WINTER)


def test_of_a_time_that_comes_twice_the_first_is_taken_and_said_so() -> None:
    due = due_time(Moment("2026-10-25 02:30", "Europe/Brussels"), now=WINTER)

    assert due.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert due.note == (
        "On 25 October 2026 clocks in Europe/Brussels show 02:30 twice; "
        "it goes out the first time (00:30 UTC)."
    )


def test_the_edges_of_gap_and_fold_are_ordinary_times() -> None:
    for local in ("2026-03-29 01:59", "2026-03-29 03:00", "2026-10-25 01:59", "2026-10-25 03:00"):
        assert due_time(Moment(local, "Europe/Brussels"), now=WINTER).note == ""


@pytest.mark.parametrize("local", ["2026-01-05 12:59", "2026-01-05 13:00", "2024-01-01 09:00"])
def test_a_moment_that_has_passed_is_refused(local: str) -> None:
    with pytest.raises(NotSchedulable, match="still to come"):
        due_time(Moment(local, "Europe/Brussels"), now=WINTER)


def test_the_zone_decides_whether_a_moment_has_passed() -> None:
    moment = "2026-01-05 13:00"

    assert due_time(Moment(moment, "America/New_York"), now=WINTER).at > WINTER
    with pytest.raises(NotSchedulable, match="still to come"):
        due_time(Moment(moment, "Asia/Tokyo"), now=WINTER)


@pytest.mark.parametrize(
    "local", ["", "soon", "2026-02-30 09:00", "2026-12-01 25:00", "2026-12-01", "9" * 50]
)
def test_what_is_no_time_is_refused_with_an_example(local: str) -> None:
    with pytest.raises(NotSchedulable, match="like 2026-12-01"):
        due_time(Moment(local, "Europe/Brussels"), now=WINTER)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "europe/brussels"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(NotSchedulable, match="no time zone"):
        due_time(Moment("2026-12-01 09:00", zone), now=WINTER)


def test_a_year_with_a_digit_too_many_is_refused() -> None:
    with pytest.raises(NotSchedulable, match="five years"):
        due_time(Moment("2126-12-01 09:00", "Europe/Brussels"), now=WINTER)


def test_the_zones_offered_are_places_and_utc() -> None:
    assert "Europe/Brussels" in zones()
    assert zones()[-1] == "UTC"
    assert not any(name.startswith("Etc/") for name in zones())
