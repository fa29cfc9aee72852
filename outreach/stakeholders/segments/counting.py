"""How many belong, condition by condition, and why one person does or does not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select, true
from sqlalchemy.orm import Session

from outreach.stakeholders.eligibility import is_listed
from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.segments.kinds import kinds
from outreach.stakeholders.segments.numbers import number_of, number_selected
from outreach.stakeholders.segments.rules import Condition, Group, Rule
from outreach.stakeholders.segments.verdicts import Verdict, of_condition, verdict_of


@dataclass(frozen=True)
class Count:
    """How many match, and of how many it cannot be known."""

    yes: int
    unknown: int = 0
    measured: int = 0
    """Of how many it is known by what they did; `unknown` are the others whom deeds decide."""
    outright: int = 0
    """How many of `yes` match whatever they did."""
    is_narrowed: bool = False
    """Whether other conditions decide about everybody else than `measured` and `unknown`."""

    @property
    def sentence(self) -> str:
        """The count in words: both numbers beside it tell of the same people."""
        verb = "match" if self.yes != 1 else "matches"
        if not self.unknown:
            return f"{self.yes:,} {verb}"
        counted = f"{self.yes:,} {verb}, "
        if self.outright:
            counted = f"{self.yes:,} {verb}: {self.outright:,} whatever they did, and "
            counted += f"{self.yes - self.outright:,} "
        counted += f"of the {self.measured:,} who agreed to be measured; "
        counted += f"{self.unknown:,} cannot be known"
        if not self.is_narrowed:
            return counted
        return f"{counted}, of the {self.measured + self.unknown:,} the other conditions leave open"


@dataclass(frozen=True)
class RuleCount:
    """The count of a rule, and of each of its conditions by itself, in their order."""

    whole: Count
    conditions: tuple[Count, ...]


def count_rule(session: Session, rule: Rule, now: datetime) -> RuleCount:
    """Count a rule and each of its conditions."""
    each = [Rule(groups=(Group(conditions=(asked,)),)) for asked in rule.conditions]
    return RuleCount(_count(session, rule, now), tuple(_count(session, one, now) for one in each))


def _count(session: Session, rule: Rule, now: datetime) -> Count:
    verdict = verdict_of(rule, now)
    if verdict.is_certain:
        return Count(number_selected(session, rule, now))
    yes, blind = number_of(session, verdict.yes), verdict_of(rule, now, is_blind=True)
    everybody = number_of(session, true())
    unknown = everybody - yes - number_of(session, verdict.no)
    if not unknown:
        return Count(yes)
    outright = number_of(session, blind.yes)
    left_open = everybody - outright - number_of(session, blind.no)
    return Count(yes, unknown, left_open - unknown, outright, left_open < everybody)


@dataclass(frozen=True)
class Reason:
    """A condition in words and its answer for one person."""

    words: str
    answer: str
    """Either "yes", "no" or "unknown"."""


def answer_for(session: Session, rule: Rule, stakeholder_id: int, now: datetime) -> str:
    """Say whether a person belongs: "yes", "no" or "unknown"."""
    return _answers(session, [verdict_of(rule, now)], stakeholder_id)[0]


def reasons_for(session: Session, rule: Rule, stakeholder_id: int, now: datetime) -> list[Reason]:
    """Say of every condition whether the person fulfils it; last come those that leave out."""
    verdicts = [of_condition(asked, now) for asked in rule.conditions]
    answers = _answers(session, verdicts, stakeholder_id)
    words = [in_words(session, asked) for asked in rule.conditions]
    inside = len(words) - len(rule.leave_out.conditions)
    words[inside:] = [f"Left out if: {text}" for text in words[inside:]]
    return [Reason(text, answer) for text, answer in zip(words, answers, strict=True)]


def _answers(session: Session, verdicts: list[Verdict], stakeholder_id: int) -> list[str]:
    if not verdicts:
        return []
    columns = [case((v.yes, "yes"), (v.no, "no"), else_="unknown") for v in verdicts]
    query = select(*columns).where(Stakeholder.id == stakeholder_id, is_listed())
    row = session.execute(query).first()
    return list(row) if row else ["no"] * len(verdicts)


def in_words(session: Session, asked: Condition) -> str:
    """Tell a condition as a sentence: "Role is not NGO or funder, on 1 Jan 2025"."""
    kind = kinds().get(asked.kind)
    if kind is None:
        return f"Unknown condition “{asked.kind}”"
    names = dict(kind.choices(session)) if kind.choices else {}
    values = " or ".join(names.get(value, value) for value in asked.values)
    said = f"{kind.says} {values}".strip()
    if asked.is_not:
        said = f"Not: {said}"
    days = {"on": asked.at, "since": asked.since, "until": asked.until}
    return ", ".join([said, *(f"{w} {d.day} {d:%b %Y}" for w, d in days.items() if d)])
