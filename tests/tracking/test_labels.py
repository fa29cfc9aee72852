"""Who made a hit, judged by the rules in force."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.core.errors import Refusal
from outreach.tracking.agents import AgentClass
from outreach.tracking.facts import FORWARDED, Fact, Judgement
from outreach.tracking.labels import judge, label
from outreach.tracking.models import HitKind, HitLabel
from outreach.tracking.rules import Rules, rules_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HUMAN, MACHINE = HitLabel.HUMAN, HitLabel.MACHINE
PROXY, UNCLEAR = HitLabel.PROXY, HitLabel.UNCLEAR


def fact(kind: HitKind = HitKind.CLICK, *, after: float = 0, **values: Any) -> Fact:
    defaults: dict[str, Any] = {"method": "GET", "agent_family": "chrome"}
    return Fact(NOON + timedelta(seconds=after), kind, **{**defaults, **values})


def click(link: int, after: float, **values: Any) -> Fact:
    return fact(link_number=link, after=after, **values)


def download(after: float, *, document: int = 7, **values: Any) -> Fact:
    return fact(
        HitKind.DOWNLOAD, after=after, link_number=1, document_id=document, version_id=70, **values
    )


def labels(*facts: Fact, links: int = 6) -> list[HitLabel]:
    return [judgement.label for judgement in judge(facts, links=links)]


def repeats(*facts: Fact) -> list[bool]:
    return [judgement.is_repeat for judgement in judge(facts, links=6)]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (fact(), HUMAN),
        (fact(HitKind.OPEN), HUMAN),
        (fact(method="HEAD"), MACHINE),
        (fact(is_prefetch=True), MACHINE),
        (fact(agent_family="empty"), MACHINE),
        (fact(agent_family="library"), MACHINE),
        (fact(agent_family="crawler"), MACHINE),
        (fact(agent_family="other"), UNCLEAR),
        (fact(HitKind.OPEN, agent_family="apple-privacy"), MACHINE),
        (fact(HitKind.CLICK, agent_family="apple-privacy"), UNCLEAR),
        (fact(HitKind.OPEN, agent_family="gmail-proxy"), PROXY),
        (fact(HitKind.OPEN, agent_family="yahoo-proxy"), PROXY),
        (fact(HitKind.OPEN, agent_family="gmail-proxy", method="HEAD"), MACHINE),
        (fact(seconds_since_sent=3), UNCLEAR),
        (fact(seconds_since_sent=3, agent_family="other"), MACHINE),
        (fact(seconds_since_sent=6, agent_family="other"), UNCLEAR),
        (fact(HitKind.QUESTION, agent_family="other", method="POST"), HUMAN),
    ],
)
def test_one_hit_is_labelled_by_its_facts(one: Fact, expected: HitLabel) -> None:
    found, reason = label(one)

    assert found is expected
    assert 0 < len(reason) <= 60


def test_a_second_link_soon_after_sending_is_another_sign() -> None:
    early = [click(1, 0, seconds_since_sent=1), click(2, 1.5, seconds_since_sent=2)]

    assert labels(*early) == [MACHINE, MACHINE]


def test_three_links_within_two_seconds_are_a_machines_the_earlier_ones_too() -> None:
    assert labels(click(1, 0), click(2, 1)) == [HUMAN, HUMAN]
    assert labels(click(1, 0), click(2, 1), click(3, 2)) == [MACHINE, MACHINE, MACHINE]


def test_three_links_over_more_than_two_seconds_are_a_persons() -> None:
    assert labels(click(1, 0), click(2, 1), click(3, 2.01)) == [HUMAN, HUMAN, HUMAN]


def test_the_same_link_many_times_is_no_burst() -> None:
    assert set(labels(*(click(1, i / 10) for i in range(10)))) == {HUMAN}


def test_all_links_of_a_short_letter_at_once_are_a_machines() -> None:
    assert labels(click(1, 0), click(2, 1), links=2) == [MACHINE, MACHINE]
    assert labels(click(1, 0), links=1) == [HUMAN]


def test_what_comes_before_and_after_a_burst_is_judged_by_itself() -> None:
    hits = [click(1, 0), click(1, 60), click(2, 60), click(3, 61), click(4, 200)]

    assert labels(*hits) == [HUMAN, MACHINE, MACHINE, MACHINE, HUMAN]


def test_a_picture_loaded_along_with_a_burst_by_the_same_agent_belongs_to_it() -> None:
    burst = [click(1, 1), click(2, 1.2), click(3, 1.4)]
    same, other = fact(HitKind.OPEN), fact(HitKind.OPEN, agent_family="firefox")

    assert labels(same, *burst)[0] is MACHINE
    assert labels(other, *burst)[0] is HUMAN


def test_downloads_within_thirty_seconds_count_once() -> None:
    assert repeats(download(0), download(30), download(60), download(91)) == [
        False,
        True,
        True,
        False,
    ]
    assert repeats(download(0), download(1, document=8)) == [False, False]


def test_parts_of_a_file_count_once_within_a_visit() -> None:
    parts = [download(after, is_range=True) for after in (0, 200, 1900, 5000)]

    assert repeats(*parts) == [False, True, True, False]


def test_a_machines_download_makes_no_repeat_of_a_persons() -> None:
    judged = judge([download(0, method="HEAD"), download(1)], links=6)

    assert judged[1] == Judgement(HUMAN, "a mail program or browser", is_repeat=False)


def test_judging_thousands_of_hits_of_one_reader_takes_no_square_time() -> None:
    hits = [click(i % 2, i / 1000) for i in range(20_000)]

    assert set(labels(*hits)) == {HUMAN}


def test_a_rule_that_is_switched_off_judges_nothing() -> None:
    rules = Rules(off=frozenset({"head", "burst", "privacy"}))
    burst = [click(n, n / 10) for n in (1, 2, 3)]

    assert label(fact(method="HEAD"), rules=rules)[0] is HUMAN
    assert label(fact(HitKind.OPEN, agent_family="apple-privacy"), rules=rules)[0] is UNCLEAR
    assert {j.label for j in judge(burst, links=6, rules=rules)} == {HUMAN}


def test_the_size_of_a_burst_and_the_kind_of_an_agent_are_the_operators_choice() -> None:
    rules = Rules(burst_links=2, classes={"other": AgentClass.CRAWLER})
    pair = [click(1, 0), click(2, 1)]

    assert {j.label for j in judge(pair, links=6, rules=rules)} == {MACHINE}
    assert label(fact(agent_family="other"), rules=rules) == (MACHINE, "a known crawler")


def test_another_device_a_day_later_is_perhaps_somebody_the_letter_went_on_to() -> None:
    day = 25 * 3600
    hits = [
        click(1, 0),
        click(1, day),
        click(2, day + 60, agent_family="firefox"),
        fact(HitKind.OPEN, after=day + 70, agent_family="gmail-proxy"),
    ]

    judged = judge(hits, links=6, is_personal=True)

    assert [j.reason == FORWARDED for j in judged] == [False, False, True, False]
    assert all(j.is_counted for j in judged)
    assert [j.is_credited for j in judged] == [True, True, False, True]
    assert not any(j.reason == FORWARDED for j in judge(hits, links=6))


def test_leaving_twice_in_a_row_is_leaving_once() -> None:
    assert repeats(
        fact(HitKind.UNSUBSCRIBE, method="POST"), fact(HitKind.UNSUBSCRIBE, after=5, method="POST")
    ) == [False, True]


def test_settings_of_rules_are_stored_and_read_alike() -> None:
    rules = Rules(4, 3, 4, 10, 48, frozenset({"soon"}), {"other": AgentClass.MAIL})

    assert rules_of(4, rules.as_json()) == rules
    with pytest.raises(Refusal, match="from 2 to 20"):
        rules_of(1, {"burst_links": 1})
