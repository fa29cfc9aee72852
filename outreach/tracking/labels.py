"""Which hits are a person's: rule version 1, over lasting facts only (quality.md, section 3).

Nothing is deleted for being a machine's: every hit is kept with its label and the reason for it,
so that counts can be made again when the rules change.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from outreach.tracking.agents import AgentClass, class_of
from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.models import HitKind, HitLabel

RULE_VERSION = 1
BURST = timedelta(seconds=2)
MANY_LINKS = 3
SOON_SECONDS = 5
FLOOD = 1000
"""No person makes so many hits with one letter; later ones are kept and not looked at closer."""
DOUBLE = timedelta(seconds=30)
"""Requests for one document within 30 seconds are one (COUNTER Code of Practice 5, section 7.2)."""
VISIT = timedelta(minutes=30)

_FOLLOWED = frozenset({HitKind.CLICK, HitKind.DOWNLOAD})
_MACHINES = {
    AgentClass.EMPTY: "no user agent",
    AgentClass.LIBRARY: "a program's library",
    AgentClass.CRAWLER: "a known crawler",
}
_PEOPLE = frozenset({AgentClass.BROWSER, AgentClass.MAIL})
FLOODED = Judgement(HitLabel.MACHINE, "more than 1,000 hits of one reader")


def label(fact: Fact, *, burst: int = 1, links: int = 0) -> tuple[HitLabel, str]:
    """Return who made a hit, and why we think so.

    `burst` is how many different links of the same letter were followed within two seconds, this
    one among them; `links` how many the letter has (0 where that is not known).
    """
    if fact.kind is HitKind.QUESTION:
        return HitLabel.HUMAN, "asked"
    kind_of_agent = class_of(fact.agent_family)
    if fact.method == "HEAD":
        return HitLabel.MACHINE, "asked for the head only"
    if fact.is_prefetch:
        return HitLabel.MACHINE, "loaded in advance"
    if kind_of_agent in _MACHINES:
        return HitLabel.MACHINE, _MACHINES[kind_of_agent]
    if burst >= _burst_size(links):
        return HitLabel.MACHINE, "several links at once"
    if fact.kind is HitKind.OPEN:
        return _label_open(kind_of_agent)
    return _label_followed(fact, kind_of_agent, burst)


def _burst_size(links: int) -> int:
    """How many links at once no person follows: three, or all of a letter that has two."""
    return min(MANY_LINKS, links) if links > 1 else MANY_LINKS


def _label_open(kind_of_agent: AgentClass) -> tuple[HitLabel, str]:
    if kind_of_agent is AgentClass.PRIVACY:
        return HitLabel.MACHINE, "Apple privacy loading"
    if kind_of_agent is AgentClass.PROXY:
        return HitLabel.PROXY, "an image proxy that loads when somebody looks"
    if kind_of_agent in _PEOPLE:
        return HitLabel.HUMAN, "a mail program or browser"
    return HitLabel.UNCLEAR, "an unknown agent"


def _label_followed(fact: Fact, kind_of_agent: AgentClass, burst: int) -> tuple[HitLabel, str]:
    is_person = kind_of_agent in _PEOPLE
    if fact.seconds_since_sent is not None and fact.seconds_since_sent <= SOON_SECONDS:
        if burst > 1 or not is_person:
            return HitLabel.MACHINE, "within 5 seconds of sending, and another sign"
        return HitLabel.UNCLEAR, "within 5 seconds of sending"
    if is_person:
        return HitLabel.HUMAN, "a mail program or browser"
    return HitLabel.UNCLEAR, "an unknown agent"


def judge(facts: Sequence[Fact], *, links: int) -> list[Judgement]:
    """Judge all hits of one reader together; `facts` are in the order of time.

    A burst makes its earlier hits a machine's as well, so that whoever adds a hit judges them anew.
    """
    bursts = bursts_of(facts, links=links)
    labels = [label(f, burst=size, links=links) for f, size in zip(facts, bursts, strict=True)]
    judged = [Judgement(*found) for found in labels]
    repeats = _repeats(facts, judged)
    return [
        Judgement(*found, is_repeat=is_repeat)
        for found, is_repeat in zip(labels, repeats, strict=True)
    ]


def bursts_of(facts: Sequence[Fact], *, links: int) -> list[int]:
    """Return for each hit how many different links were followed in the two seconds around it.

    Told no finer than the rules need: 1, 2, or as many as make a burst.
    """
    followed = [index for index, fact in enumerate(facts) if fact.kind in _FOLLOWED]
    sizes = [1] * len(facts)
    if len(followed) < 2:
        return sizes
    enough = _burst_size(links)
    for level in sorted({2, enough}):
        for index in _covered([facts[i] for i in followed], level):
            sizes[followed[index]] = level
    _include_opens(facts, sizes, enough)
    return sizes


def _covered(facts: Sequence[Fact], level: int) -> list[int]:
    """Return the places of the hits in some two seconds with at least `level` different links."""
    covered: list[int] = []
    inside: Counter[object] = Counter()
    end = until = 0
    for start, fact in enumerate(facts):
        while end < len(facts) and facts[end].at - fact.at <= BURST:
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


def _include_opens(facts: Sequence[Fact], sizes: list[int], enough: int) -> None:
    """Let a picture that the same kind of agent loaded along with a burst belong to it."""
    times: dict[str, list[datetime]] = {}
    for fact, size in zip(facts, sizes, strict=True):
        if size >= enough:
            times.setdefault(fact.agent_family, []).append(fact.at)
    for index, fact in enumerate(facts):
        if fact.kind is HitKind.OPEN and _is_near(fact.at, times.get(fact.agent_family, [])):
            sizes[index] = enough


def _is_near(moment: datetime, times: list[datetime]) -> bool:
    place = bisect_left(times, moment - BURST)
    return place < len(times) and times[place] <= moment + BURST


def _repeats(facts: Sequence[Fact], judged: Sequence[Judgement]) -> list[bool]:
    """Say which requests for a document count with an earlier one: doubles, and parts of a file."""
    last: dict[int, datetime] = {}
    repeats = []
    for fact, judgement in zip(facts, judged, strict=True):
        is_repeat = False
        if fact.document_id is not None and fact.version_id is not None and judgement.is_counted:
            before = last.get(fact.document_id)
            window = VISIT if fact.is_range else DOUBLE
            is_repeat = before is not None and fact.at - before <= window
            last[fact.document_id] = fact.at
        repeats.append(is_repeat)
    return repeats
