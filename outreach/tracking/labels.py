"""Which hits are a person's: judged by the rules in force, over lasting facts only.

Nothing is deleted for being a machine's: every hit is kept with its label and the reason for it,
so that counts can be made again when the rules change.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from outreach.tracking.agents import AgentClass
from outreach.tracking.facts import FORWARDED, Fact, Judgement
from outreach.tracking.models import HitKind, HitLabel
from outreach.tracking.rules import DEFAULT, Rules

FLOOD = 1000
"""No person makes so many hits with one letter; later ones are kept and not looked at closer."""
DOUBLE = timedelta(seconds=30)
"""Requests for one document within 30 seconds are one (COUNTER Code of Practice 5, section 7.2)."""
VISIT = timedelta(minutes=30)

_FOLLOWED = frozenset({HitKind.CLICK, HitKind.DOWNLOAD, HitKind.WEB_VIEW})
_SAID = {
    HitKind.QUESTION: "asked",
    HitKind.UNSUBSCRIBE: "left the list",
    HitKind.RETURN: "took leaving back",
    HitKind.COMPLAINT: "told by the reader's provider",
}
"""Hits that nobody makes by looking: never a machine's."""
_MACHINES = {
    AgentClass.EMPTY: "no user agent",
    AgentClass.LIBRARY: "a program's library",
    AgentClass.CRAWLER: "a known crawler",
}
_PEOPLE = frozenset({AgentClass.BROWSER, AgentClass.MAIL})
FLOODED = Judgement(HitLabel.MACHINE, "more than 1,000 hits of one reader")


def label(
    fact: Fact, *, burst: int = 1, links: int = 0, rules: Rules = DEFAULT
) -> tuple[HitLabel, str]:
    """Return who made a hit, and why we think so.

    `burst` is how many different links of the same letter were followed at once, this one among
    them; `links` how many the letter has (0 where that is not known).
    """
    if fact.kind in _SAID:
        return HitLabel.HUMAN, _SAID[fact.kind]
    agent = rules.class_of(fact.agent_family)
    sign = _sign_of_a_machine(fact, agent, rules)
    if sign:
        return HitLabel.MACHINE, sign
    if rules.is_on("burst") and burst >= _burst_size(links, rules):
        return HitLabel.MACHINE, "several links at once"
    if fact.kind is HitKind.OPEN:
        return _label_open(agent, rules)
    return _label_followed(fact, agent, burst, rules)


def _sign_of_a_machine(fact: Fact, agent: AgentClass, rules: Rules) -> str:
    """Return what gives a machine away in one hit alone; empty for nothing."""
    if fact.method == "HEAD" and rules.is_on("head"):
        return "asked for the head only"
    if fact.is_prefetch and rules.is_on("prefetch"):
        return "loaded in advance"
    return _MACHINES[agent] if agent in _MACHINES and rules.is_on(agent.value) else ""


def _burst_size(links: int, rules: Rules) -> int:
    """How many links at once no person follows: three, or all of a letter that has two."""
    return min(rules.burst_links, links) if links > 1 else rules.burst_links


def _label_open(agent: AgentClass, rules: Rules) -> tuple[HitLabel, str]:
    if agent is AgentClass.PRIVACY and rules.is_on("privacy"):
        return HitLabel.MACHINE, "Apple privacy loading"
    if agent is AgentClass.PROXY:
        return HitLabel.PROXY, "an image proxy that loads when somebody looks"
    if agent in _PEOPLE:
        return HitLabel.HUMAN, "a mail program or browser"
    return HitLabel.UNCLEAR, "an unknown agent"


def _label_followed(
    fact: Fact, agent: AgentClass, burst: int, rules: Rules
) -> tuple[HitLabel, str]:
    is_person = agent in _PEOPLE
    soon = fact.seconds_since_sent is not None and fact.seconds_since_sent <= rules.soon_seconds
    if soon and rules.is_on("soon"):
        if burst > 1 or not is_person:
            return HitLabel.MACHINE, "seconds after sending, and another sign"
        return HitLabel.UNCLEAR, "seconds after sending"
    if is_person:
        return HitLabel.HUMAN, "a mail program or browser"
    return HitLabel.UNCLEAR, "an unknown agent"


def judge(
    facts: Sequence[Fact],
    *,
    links: int,
    rules: Rules = DEFAULT,
    is_personal: bool = False,
    standing: Sequence[Judgement] = (),
) -> list[Judgement]:
    """Judge all hits of one reader together; `facts` are in the order of time.

    A burst makes its earlier hits a machine's as well, so that whoever adds a hit judges them anew.
    The first hits keep the judgements that are `standing`.
    """
    if len(facts) == 1 and not standing:
        return [_judge_one(facts[0], 1, links, rules)]
    bursts = bursts_of(facts, links=links, rules=rules)
    judged = [
        _judge_one(fact, size, links, rules) for fact, size in zip(facts, bursts, strict=True)
    ]
    judged[: len(standing)] = standing
    if is_personal and rules.is_on("forwarded"):
        judged = _without_forwarded(facts, judged, rules)
    judged = _with_repeats(facts, judged)
    judged[: len(standing)] = standing
    return judged


def _judge_one(fact: Fact, burst: int, links: int, rules: Rules) -> Judgement:
    """Judge one hit; one that is alike in all that `label` looks at was mostly judged before."""
    seconds = fact.seconds_since_sent
    asked = (
        fact.kind,
        fact.agent_family,
        fact.method,
        fact.is_prefetch,
        seconds is not None and seconds <= rules.soon_seconds,
        burst > 1,
        burst >= _burst_size(links, rules),
    )
    known = rules.verdicts.get(asked)
    if known is None:
        known = Judgement(*label(fact, burst=burst, links=links, rules=rules))
        rules.verdicts[asked] = known
    return known


def _without_forwarded(
    facts: Sequence[Fact], judged: list[Judgement], rules: Rules
) -> list[Judgement]:
    """Say which clicks on a personal letter another device made, more than a day after the first.

    They count, for somebody read the letter, but are not credited to the person it was sent to.
    """
    first: Fact | None = None
    for index, fact in enumerate(facts):
        is_click = fact.kind in _FOLLOWED and judged[index].is_counted
        if not is_click or rules.class_of(fact.agent_family) is not AgentClass.BROWSER:
            continue
        first = first or fact
        is_later = fact.at - first.at > timedelta(hours=rules.forwarded_hours)
        if is_later and fact.agent_family != first.agent_family:
            judged[index] = Judgement(judged[index].label, FORWARDED)
    return judged


def bursts_of(facts: Sequence[Fact], *, links: int, rules: Rules = DEFAULT) -> list[int]:
    """Return for each hit how many different links were followed in the seconds around it.

    Told no finer than the rules need: 1, 2, or as many as make a burst.
    """
    sizes = [1] * len(facts)
    followed = [index for index, fact in enumerate(facts) if fact.kind in _FOLLOWED]
    if len(followed) < 2:
        return sizes
    enough, within = _burst_size(links, rules), timedelta(seconds=rules.burst_seconds)
    if not any(facts[j].at - facts[i].at <= within for i, j in pairwise(followed)):
        return sizes  # a burst needs two at once; mostly there are none
    for level in sorted({2, enough}):
        for index in _covered([facts[i] for i in followed], level, within):
            sizes[followed[index]] = level
    _include_opens(facts, sizes, enough, within)
    return sizes


def _covered(facts: Sequence[Fact], level: int, within: timedelta) -> list[int]:
    """Return the places of the hits that lie `within` a time of at least `level` other links."""
    covered: list[int] = []
    inside: Counter[object] = Counter()
    end = until = 0
    for start, fact in enumerate(facts):
        while end < len(facts) and facts[end].at - fact.at <= within:
            inside[facts[end].target] += 1
            end += 1
        if len(inside) >= level:
            until = end
        if start < until:
            covered.append(start)
        inside[fact.target] -= 1
        if not inside[fact.target]:
            del inside[fact.target]
    return covered


def _include_opens(facts: Sequence[Fact], sizes: list[int], enough: int, within: timedelta) -> None:
    """Let a picture that the same kind of agent loaded along with a burst belong to it."""
    times: dict[str, list[datetime]] = {}
    for fact, size in zip(facts, sizes, strict=True):
        if size >= enough:
            times.setdefault(fact.agent_family, []).append(fact.at)
    for index, fact in enumerate(facts):
        if fact.kind is HitKind.OPEN and _is_near(
            fact.at, times.get(fact.agent_family, []), within
        ):
            sizes[index] = enough


def _is_near(moment: datetime, times: list[datetime], within: timedelta) -> bool:
    place = bisect_left(times, moment - within)
    return place < len(times) and times[place] <= moment + within


def _with_repeats(facts: Sequence[Fact], judged: list[Judgement]) -> list[Judgement]:
    """Mark what counts with an earlier hit: doubles and parts of a file, a second leaving.

    Who came back can leave again. Leaving is kept when it is done, once; a double is but a belt.
    """
    last: dict[object, datetime] = {}
    for index, fact in enumerate(facts):
        once = _once(fact)
        if once is None or not judged[index].is_counted:
            continue
        if fact.kind is HitKind.RETURN:
            last.pop(HitKind.UNSUBSCRIBE, None)
            continue
        before = last.get(once)
        is_whole = once == fact.document_id and not fact.is_range
        window = DOUBLE if is_whole or fact.kind is HitKind.UNSUBSCRIBE else VISIT
        if before is not None and fact.at - before <= window:
            judged[index] = judged[index]._replace(is_repeat=True)
        last[once] = fact.at
    return judged


def _once(fact: Fact) -> object | None:
    """Return what a hit is counted once for within its window; None for hits counted each."""
    if fact.kind in _SAID and fact.kind is not HitKind.QUESTION:
        return fact.kind
    return fact.document_id if fact.version_id is not None else None
