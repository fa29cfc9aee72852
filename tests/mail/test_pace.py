"""How fast letters may leave: what is set, what is known of a relay, and who is left in peace."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outreach.core.config import Settings, load_settings
from outreach.core.errors import ConfigurationError
from outreach.mail.pace import CAREFUL, Pace, pace_of, rate_words, read_quiet


def _settings(values: dict[str, object]) -> Settings:
    said = {f"OUTREACH_{name.upper()}": str(value) for name, value in values.items()}
    return load_settings(environment={"OUTREACH_MAIL_DEFAULT_SENDER": "a@example.org", **said})


@pytest.mark.parametrize(
    ("values", "per_second"),
    [
        ({"catcher": True}, None),
        ({"mail_server": "127.0.0.1"}, None),
        ({"mail_server": "relay.example.org"}, CAREFUL),
        ({"mail_server": "smtp.office365.com"}, 0.5),
        ({"mail_server": "relay.example.org", "mail_per_second": 50}, 50),
        ({"mail_server": "relay.example.org", "mail_per_second": 50, "mail_per_hour": 3600}, 1),
    ],
)
def test_only_this_machine_takes_letters_without_a_limit(
    values: dict[str, object], per_second: float | None
) -> None:
    assert pace_of(_settings(values)).per_second == per_second


@pytest.mark.parametrize(
    "values",
    [{"mail_per_domain": "gmail.com"}, {"mail_per_domain": "gmail.com=0"},
     {"mail_quiet": "22-7 UTC"}, {"mail_quiet": "22:00-07:00 Middle/Earth"}],
)  # fmt: skip
def test_a_pace_that_cannot_be_read_is_named_at_start(values: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(values)).upper()):
        _settings(values)


def test_quiet_hours_end_in_the_morning_where_people_are_also_when_clocks_change() -> None:
    quiet = read_quiet("22:00-07:00 Europe/Brussels")
    assert quiet is not None

    assert quiet.until(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)) is None
    assert quiet.until(datetime(2026, 3, 2, 21, 30, tzinfo=UTC)) == datetime(
        2026, 3, 3, 6, 0, tzinfo=UTC
    )
    assert quiet.until(datetime(2026, 3, 28, 23, 0, tzinfo=UTC)) == datetime(
        2026, 3, 29, 5, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("per_second", "said"),
    [
        (1, "1 letter a second"),
        (2.5, "2.5 letters a second"),
        (0.5, "30 letters a minute"),
        (60 / 3_600, "1 letter a minute"),
        (100 / 3_600, "100 letters an hour"),
        (1 / 3_600, "1 letter an hour"),
    ],
)
def test_a_limit_is_said_in_whole_letters(per_second: float, said: str) -> None:
    assert rate_words(per_second) == said


def test_the_relay_s_number_of_a_day_is_told_when_a_mailing_is_larger() -> None:
    assert "10,000 recipients a day" in Pace(per_second=1, per_day=10_000).warning(10_001)
    assert Pace(per_second=1, per_day=10_000).warning(10_000) == ""


def test_an_address_s_own_pace_holds_where_it_is_the_lower_one() -> None:
    pace = Pace(per_second=5, per_sender={"slow.example": 2, "ada@slow.example": 1, "a.example": 9})

    assert pace.of_sender("Ada@slow.example").per_second == 1
    assert pace.of_sender("ben@slow.example").per_second == 2
    assert pace.of_sender("ben@a.example") == pace
    assert replace(pace, per_second=None).of_sender("ben@a.example").per_second == 9
