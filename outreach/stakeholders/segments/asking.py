"""The builder's form: rows of conditions in groups, added and removed one by one, without script.

Fields are named by their place: `g0-match`, `g0-c1-kind`, `g0-c1-values`, …; group "x" is who is
left out. A button named `do` says what to change: "add:0", "remove:0:1", "group", "count", "save".
"""

from collections.abc import Iterator
from datetime import date

from werkzeug.datastructures import MultiDict

from outreach.stakeholders.segments.kinds import Kind, kinds
from outreach.stakeholders.segments.rules import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    MOST_VALUES,
    Condition,
    Group,
    Match,
    Rule,
)
from outreach.web.forms import tidy

LEFT_OUT = "x"
Form = MultiDict[str, str]


def rule_in(form: Form) -> Rule:
    """Read a rule as it was typed; what makes no sense is left out."""
    groups = [
        _group(form, f"g{place}") for place in range(MOST_GROUPS) if f"g{place}-match" in form
    ]
    out = _group(form, f"g{LEFT_OUT}")
    return Rule(
        match=_match(form.get("match")),
        groups=tuple(groups) or (Group(),),
        leave_out=Group(match="any", conditions=out.conditions),
    )


def _group(form: Form, name: str) -> Group:
    found = (_condition(form, f"{name}-c{place}") for place in range(MOST_CONDITIONS))
    conditions = tuple(condition for condition in found if condition)
    return Group(match=_match(form.get(f"{name}-match")), conditions=conditions)


def _match(text: str | None) -> Match:
    return "any" if text == "any" else "all"


def _condition(form: Form, name: str) -> Condition | None:
    kind = kinds().get(form.get(f"{name}-kind", ""))
    if kind is None:
        return None
    return Condition(
        kind=kind.name,
        is_not=form.get(f"{name}-is_not") == "yes",
        values=tuple(_values(form, name, kind)),
        at=_day(form, f"{name}-at") if kind.has_day else None,
        since=_day(form, f"{name}-since") if kind.has_period else None,
        until=_day(form, f"{name}-until") if kind.has_period else None,
    )


def _values(form: Form, name: str, kind: Kind) -> Iterator[str]:
    texts = form.getlist(f"{name}-values")
    if kind.choices is None:
        texts = [word for text in texts for word in text.split(",")]
    yield from [text for text in (tidy(t)[:200] for t in texts) if text][:MOST_VALUES]


def _day(form: Form, name: str) -> date | None:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        return None


def changed(rule: Rule, order: str, form: Form) -> Rule:
    """Return the rule after a button was pressed: a row more or less, a group more."""
    word, _, rest = order.partition(":")
    if word == "group" and len(rule.groups) < MOST_GROUPS:
        return rule.model_copy(update={"groups": (*rule.groups, Group())})
    if word == "add":
        return _with_condition(rule, rest, form.get(f"g{rest}-add", ""))
    if word == "remove":
        place, _, number = rest.partition(":")
        return _without(rule, place, int(number) if number.isdecimal() else -1)
    return rule


def _with_condition(rule: Rule, place: str, name: str) -> Rule:
    group = _at(rule, place)
    if group is None or name not in kinds() or len(group.conditions) >= MOST_CONDITIONS:
        return rule
    return _put(rule, place, (*group.conditions, Condition(kind=name)))


def _without(rule: Rule, place: str, number: int) -> Rule:
    group = _at(rule, place)
    if group is None:
        return rule
    kept = tuple(c for n, c in enumerate(group.conditions) if n != number)
    changed_rule = _put(rule, place, kept)
    if not kept and place != LEFT_OUT and len(rule.groups) > 1:
        others = tuple(g for n, g in enumerate(rule.groups) if n != int(place))
        return rule.model_copy(update={"groups": others})
    return changed_rule


def _at(rule: Rule, place: str) -> Group | None:
    if place == LEFT_OUT:
        return rule.leave_out
    number = int(place) if place.isdecimal() and len(place) < 3 else -1
    return rule.groups[number] if 0 <= number < len(rule.groups) else None


def _put(rule: Rule, place: str, conditions: tuple[Condition, ...]) -> Rule:
    if place == LEFT_OUT:
        return rule.model_copy(update={"leave_out": Group(match="any", conditions=conditions)})
    groups = list(rule.groups)
    groups[int(place)] = groups[int(place)].model_copy(update={"conditions": conditions})
    return rule.model_copy(update={"groups": tuple(groups)})
