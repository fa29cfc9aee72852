"""How long a mailing takes: pace, slow domains, quiet hours and a warm-up plan, into the future."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from outreach.mail.forecast import Work, ends_at, told
from outreach.mail.pace import Pace, QuietHours

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NIGHT = QuietHours(time(22), time(7), "UTC")
PLAN = {date(2026, 3, 2): 50, date(2026, 3, 3): 100, date(2026, 3, 4): 200}


@pytest.mark.parametrize(
    ("work", "pace", "takes"),
    [
        (Work(3_600, {}), Pace(per_second=0.5), timedelta(hours=2)),
        (Work(0, {}), Pace(per_second=0.5), timedelta()),
        (Work(1_000, {"slow.example": 36}), Pace(1, {"slow.example": 0.01}), timedelta(hours=1)),
        # Ten hours until 22:00, nine of quiet, then the last two.
        (Work(12 * 3_600, {}), Pace(per_second=1, quiet=NIGHT), timedelta(hours=21)),
        # 50 today and 100 tomorrow; the last one at once on the third day.
        (Work(151, {}, PLAN), Pace(per_second=1), timedelta(hours=36, seconds=1)),
        # After the plan's last day only the pace holds.
        (Work(360, {}, PLAN), Pace(per_second=1), timedelta(hours=60, seconds=10)),
        (Work(150, {}, PLAN), Pace(per_second=1, quiet=NIGHT), timedelta(hours=19, seconds=100)),
    ],
)
def test_the_slowest_rule_decides(work: Work, pace: Pace, takes: timedelta) -> None:
    assert ends_at(work, pace, NOON) == NOON + takes


def test_it_is_told_with_the_reason() -> None:
    careful = Pace(per_second=0.5, why="careful")
    slow = Pace(1, {"slow.example": 0.01, "b.example": 1})

    assert told(Work(3_600, {}), careful, NOON) == "about 2 hours: 30 letters a minute (careful)"
    assert told(Work(9, {}), Pace(), NOON) == "moments; the mail server is on this machine"
    assert told(Work(90, {"b.example": 5, "slow.example": 36}), slow, NOON) == (
        "about 60 minutes: 36 letters an hour to slow.example"
    )
    assert told(Work(151, {}, PLAN), careful, NOON).startswith("about 36 hours: the warm-up plan")
    assert "years" in told(Work(10**9, {}), Pace(per_second=0.001), NOON)
