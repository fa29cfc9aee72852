"""Whatever a rule asks of role, country, level, tag, topic and language, its count is right."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.stakeholders.models import Stakeholder, Tag, Tier, Topic
from outreach.stakeholders.segments.numbers import number_selected
from outreach.stakeholders.segments.rules import Condition, Group, Match, Rule
from outreach.stakeholders.segments.verdicts import members
from tests.stakeholders.factories import People
from tests.statements import counted_statements


class Told(NamedTuple):
    """What is known of a person, by kind of condition."""

    role: tuple[str, ...]
    country: tuple[str, ...]
    level: tuple[str, ...]
    tag: tuple[str, ...]
    topic: tuple[str, ...]
    language: tuple[str, ...]


KNOWN = [
    Told(("politician",), ("BE",), ("eu",), ("x",), (), ("en",)),
    Told(("ngo", "funder"), ("NL",), (), ("x", "y"), ("t",), ("nl",)),
    Told(("ngo",), (), (), (), ("t", "u"), ("nl",)),
    Told((), ("BE",), (), ("y",), (), ("fr",)),
    Told(("media",), ("DE",), (), (), (), ("en",)),
    Told(("policy-maker", "ngo"), ("BE",), ("country",), ("z",), ("u",), ("en",)),
]
VALUES = {
    "role": ("ngo", "politician", "funder", "policy-maker", "media", "citizen", "nonsense"),
    "country": ("BE", "NL", "DE", "FR"),
    "level": ("eu", "country", "region"),
    "tag": ("x", "y", "z", "nobody has it"),
    "topic": ("t", "u"),
    "language": ("en", "nl", "fr"),
}


def _conditions(kind: str) -> st.SearchStrategy[Condition]:
    values = st.lists(st.sampled_from(VALUES[kind]), max_size=4, unique=True)
    return st.builds(
        lambda said, is_not: Condition(kind=kind, values=tuple(said), is_not=is_not),
        values,
        st.booleans(),
    )


MATCHES: st.SearchStrategy[Match] = st.sampled_from(("all", "any"))
GROUPS = st.builds(
    lambda match, asked: Group(match=match, conditions=tuple(asked)),
    MATCHES,
    st.lists(st.one_of(*map(_conditions, VALUES)), max_size=4),
)
RULES = st.builds(
    lambda match, groups, out: Rule(match=match, groups=tuple(groups), leave_out=out),
    MATCHES,
    st.lists(GROUPS, max_size=3),
    GROUPS,
)


def _fulfils(person: Told, asked: Condition) -> bool:
    if not asked.values:
        return False
    return bool({*asked.values} & {*getattr(person, asked.kind)}) != asked.is_not


def _in_group(person: Told, group: Group) -> bool:
    how = all if group.match == "all" else any
    return how(_fulfils(person, asked) for asked in group.conditions)


def _belongs(person: Told, rule: Rule) -> bool:
    groups = [group for group in rule.groups if group.conditions]
    how = all if rule.match == "all" else any
    if not groups or not how(_in_group(person, group) for group in groups):
        return False
    return not rule.leave_out.conditions or not _in_group(person, rule.leave_out)


@pytest.fixture
def numbers(people: People, session: Session, now: datetime) -> dict[str, str]:
    """Those of KNOWN, and two like them who are gone; returns {name: id} of tags and topics."""
    ids = [
        people.person(
            roles=person.role,
            country=next(iter(person.country), None),
            tier=next(map(Tier, person.level), None),
            tags=person.tag,
            topics=person.topic,
            language=person.language[0],
        )
        for person in [*KNOWN, *KNOWN[:2]]
    ]
    with transaction() as writing:
        erased, merged = ids[-2:]
        writing.execute(update(Stakeholder).where(Stakeholder.id == erased).values(erased_at=now))
        into = {"merged_into_id": ids[0]}
        writing.execute(update(Stakeholder).where(Stakeholder.id == merged).values(into))
        # Of some the roles are not told by marks, as before an update is through.
        writing.execute(
            update(Stakeholder).where(Stakeholder.id.in_(ids[1:3])).values(role_marks=None)
        )
        writing.add(Tag(name="nobody has it"))
    session.rollback()
    tags = {tag.name: str(tag.id) for tag in session.scalars(select(Tag))}
    return tags | {topic.slug: str(topic.id) for topic in session.scalars(select(Topic))}


def _numbered(rule: Rule, numbers: dict[str, str]) -> Rule:
    """Return the rule as it is stored: tags and topics by their numbers."""

    def group(one: Group) -> Group:
        asked = [
            c.model_copy(update={"values": tuple(numbers[v] for v in c.values)})
            if c.kind in ("tag", "topic")
            else c
            for c in one.conditions
        ]
        return one.model_copy(update={"conditions": tuple(asked)})

    return rule.model_copy(
        update={"groups": tuple(map(group, rule.groups)), "leave_out": group(rule.leave_out)}
    )


def test_whatever_is_asked_the_count_is_right(
    numbers: dict[str, str], session: Session, now: datetime
) -> None:
    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(RULES)
    def check(rule: Rule) -> None:
        expected = sum(_belongs(person, rule) for person in KNOWN)
        asked = _numbered(rule, numbers)
        selected = select(func.count()).select_from(members([asked], now).subquery())

        assert number_selected(session, asked, now) == expected
        assert session.scalar(selected) == expected

    check()


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
def test_sqlite_asks_of_everybody_only_what_an_index_tells(
    numbers: dict[str, str], session: Session, now: datetime
) -> None:
    not_tagged = Condition(kind="tag", values=(numbers["x"],), is_not=True)
    ngo = Condition(kind="role", values=("ngo",))
    yesterday = (now - timedelta(days=1)).date()

    def plans(*asked: Condition) -> list[str]:
        rule = Rule(groups=(Group(conditions=asked),))
        with counted_statements() as statements:
            number_selected(session, rule, now)
        return [one for one in statements if "INDEXED BY ix_stakeholder_told" in one]

    assert len(plans(ngo)) == 1
    assert len(plans(ngo, not_tagged)) == 2
    assert plans(ngo.model_copy(update={"at": yesterday})) == []
    assert plans(ngo, Condition(kind="language", values=("en",))) == []


def test_who_asks_for_nothing_yet_counts_nobody(
    numbers: dict[str, str], session: Session, now: datetime
) -> None:
    ngo, no_role = (Condition(kind="role", values=values) for values in (("ngo",), ()))

    for rule in (
        Rule(),
        Rule(groups=(Group(conditions=(no_role,)),)),
        Rule(groups=(Group(conditions=(ngo, no_role)),)),
        Rule(groups=(Group(conditions=(Condition(kind="nonsense", values=("x",)),)),)),
    ):
        assert number_selected(session, rule, now) == 0
