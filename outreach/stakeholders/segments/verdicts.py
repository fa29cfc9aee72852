"""Rules as SQL, with three answers: yes, no, and unknown for what may not be known of somebody.

Kleene's logic: "opened it and lives in Belgium" is no for somebody in Spain, whoever they are, and
unknown for a Belgian who did not agree to be measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, true

from outreach.stakeholders.eligibility import is_listed
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


def verdict_of(
    rule: Rule,
    now: datetime,
    *,
    is_blind: bool = False,
    judge: Callable[[Condition, "Left"], Verdict] | None = None,
) -> Verdict:
    """Judge by a whole rule; an empty one selects nobody.

    A blind verdict knows nobody's deeds: it leaves open whom only their deeds decide. `judge` says
    of a condition what `of_condition` says else.
    """
    judge = judge or (lambda asked, left: of_condition(asked, now, is_blind=is_blind, left=left))
    asked = [group for group in rule.groups if group.conditions]
    if not asked:
        return NOBODY
    left = left_by(rule)
    inside = _joined([_of_group(group, judge, left) for group in asked], rule.match)
    if not rule.leave_out.conditions:
        return inside
    return _joined([inside, _of_group(rule.leave_out, judge, left).turned()], "all")


class Left(IntEnum):
    """How many people are mostly left to be asked."""

    FEW = 1
    SOME = 2
    """Not all: those whom an index finds."""
    ALL = 3


def _of_group(group: Group, judge: Callable[[Condition, Left], Verdict], left: Left) -> Verdict:
    return _joined([judge(asked, left) for asked in group.conditions], group.match)


def left_by(rule: Rule) -> Left:
    """Say how many a rule mostly leaves: as few as anything does, of all that must match."""
    groups = [group for group in rule.groups if group.conditions]
    return _least([_left_by_group(group) for group in groups], rule.match)


def _left_by_group(group: Group) -> Left:
    return _least([_left_by_condition(asked) for asked in group.conditions], group.match)


def _least(left: Sequence[Left], match: Match) -> Left:
    if match == "all" or len(left) < 2:
        return min(left, default=Left.ALL)
    # Looking people up by one index after the other takes longer than asking everybody.
    return Left.FEW if max(left) is Left.FEW else Left.ALL


def _left_by_condition(asked: Condition) -> Left:
    kind = kinds().get(asked.kind)
    if kind is None or asked.is_not:
        return Left.ALL
    if kind.few is not None:
        return Left.FEW
    return Left.SOME if kind.leaves_some else Left.ALL


def of_condition(
    asked: Condition, now: datetime, *, is_blind: bool = False, left: Left = Left.ALL
) -> Verdict:
    """Judge by one condition; one that asks nothing yet, or a kind we lack, selects nobody.

    `left` tells of how many people it is asked; the verdict is the same, its way another.
    """
    kind = kinds().get(asked.kind)
    if kind is None or not is_complete(asked, kind):
        return NOBODY
    if is_blind and kind.is_knowable is not None:
        return Verdict(false(), false(), is_certain=False)
    ways = {Left.FEW: kind.holds_for_few, Left.SOME: kind.holds_for_some}
    holds = (ways.get(left) or kind.holds)(asked, now)
    found = Verdict(holds, not_(holds))
    if kind.is_knowable is not None:
        known = kind.is_knowable()
        found = Verdict(and_(known, holds), and_(known, not_(holds)), is_certain=False)
    return found.turned() if asked.is_not else found


def few(asked: Condition) -> Select[int] | None:
    """Select those a condition asks for (or, where it says not, asks away), if they are few."""
    kind = kinds().get(asked.kind)
    if kind is None or kind.few is None or not is_complete(asked, kind):
        return None
    return kind.few(asked)


def is_complete(asked: Condition, kind: Kind) -> bool:
    """Say whether a condition asks for something."""
    return bool(asked.values) or kind.may_be_empty


def _joined(verdicts: Sequence[Verdict], match: Match) -> Verdict:
    yes, no = [v.yes for v in verdicts], [v.no for v in verdicts]
    is_certain = all(v.is_certain for v in verdicts)
    if match == "all":
        return Verdict(and_(*yes), or_(*no), is_certain)
    return Verdict(or_(*yes), and_(*no), is_certain)


def members(rules: Sequence[Rule], now: datetime) -> Select[int]:
    """Select the ids of whoever belongs to any of `rules`, each once."""
    belongs = or_(false(), *(verdict_of(rule, now).yes for rule in rules))
    return select(Stakeholder.id).where(is_listed(), belongs).correlate(None)
