"""Rules as SQL, with three answers: yes, no, and unknown for what may not be known of somebody.

Kleene's logic: "opened it and lives in Belgium" is no for somebody in Spain, whoever they are, and
unknown for a Belgian who did not agree to be measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, true

from outreach.stakeholders.models import Stakeholder
from outreach.stakeholders.segments.kinds import Kind, kinds
from outreach.stakeholders.segments.rules import Condition, Group, Match, Rule


@dataclass(frozen=True)
class Verdict:
    """Whether `Stakeholder` belongs: `yes`, `no`; unknown where neither holds."""

    yes: ColumnElement[bool]
    no: ColumnElement[bool]
    is_certain: bool = True
    """Whether it is yes or no for everybody, so that counting unknowns can be spared."""

    def turned(self) -> "Verdict":
        """Return the opposite; what is unknown stays so."""
        return Verdict(self.no, self.yes, self.is_certain)


NOBODY = Verdict(false(), true())


def verdict_of(rule: Rule, now: datetime, *, is_blind: bool = False) -> Verdict:
    """Judge by a whole rule; an empty one selects nobody.

    A blind verdict knows nobody's deeds: it leaves open whom only their deeds decide.
    """
    asked = [group for group in rule.groups if group.conditions]
    if not asked:
        return NOBODY
    few = [_leaves_few(group) for group in asked]
    is_few = any(few) if rule.match == "all" else all(few)
    inside = _joined([_of_group(group, now, is_blind, is_few) for group in asked], rule.match)
    if not rule.leave_out.conditions:
        return inside
    left_out = _of_group(rule.leave_out, now, is_blind, is_few)
    return _joined([inside, left_out.turned()], "all")


def _of_group(group: Group, now: datetime, is_blind: bool, is_few: bool) -> Verdict:
    judged = [
        of_condition(asked, now, is_blind=is_blind, is_few=is_few) for asked in group.conditions
    ]
    return _joined(judged, group.match)


def _leaves_few(group: Group) -> bool:
    """Say whether a group mostly leaves few people: any condition that does, of all that must."""
    known = kinds()
    few = [
        not asked.is_not and asked.kind in known and known[asked.kind].leaves_few
        for asked in group.conditions
    ]
    return any(few) if group.match == "all" else all(few)


def of_condition(
    asked: Condition, now: datetime, *, is_blind: bool = False, is_few: bool = False
) -> Verdict:
    """Judge by one condition; one that asks nothing yet, or a kind we lack, selects nobody.

    `is_few` tells that it is asked of few people; the verdict is the same, its way another.
    """
    kind = kinds().get(asked.kind)
    if kind is None or not is_complete(asked, kind):
        return NOBODY
    if is_blind and kind.is_knowable is not None:
        return Verdict(false(), false(), is_certain=False)
    way = kind.holds_for_few if is_few and kind.holds_for_few else kind.holds
    holds = way(asked, now)
    found = Verdict(holds, not_(holds))
    if kind.is_knowable is not None:
        known = kind.is_knowable()
        found = Verdict(and_(known, holds), and_(known, not_(holds)), is_certain=False)
    return found.turned() if asked.is_not else found


def is_complete(asked: Condition, kind: Kind) -> bool:
    """Say whether a condition asks for something."""
    return bool(asked.values) or kind.may_be_empty


def _joined(verdicts: Sequence[Verdict], match: Match) -> Verdict:
    yes, no = [v.yes for v in verdicts], [v.no for v in verdicts]
    is_certain = all(v.is_certain for v in verdicts)
    if match == "all":
        return Verdict(and_(*yes), or_(*no), is_certain)
    return Verdict(or_(*yes), and_(*no), is_certain)


def is_listed() -> ColumnElement[bool]:
    """Say whether `Stakeholder` counts at all: neither erased nor merged into somebody else."""
    return and_(Stakeholder.erased_at.is_(None), Stakeholder.merged_into_id.is_(None))


def members(rules: Sequence[Rule], now: datetime) -> Select[int]:
    """Select the ids of whoever belongs to any of `rules`, each once."""
    belongs = or_(false(), *(verdict_of(rule, now).yes for rule in rules))
    return select(Stakeholder.id).where(is_listed(), belongs).correlate(None)
