"""Segments: what rules select, three answers, the builder without script, mailings."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, Refusal
from outreach.mailings.audience import Audience, count
from outreach.projects.models import Organisation, OrganisationKind
from outreach.stakeholders.models import Purpose, Segment, Stakeholder, Tag, Tier
from outreach.stakeholders.people import change_roles
from outreach.stakeholders.segments.asking import changed, rule_in
from outreach.stakeholders.segments.counting import answer_for, count_rule, reasons_for
from outreach.stakeholders.segments.kinds import OWN_KINDS, kinds
from outreach.stakeholders.segments.rules import Condition, Group, Rule
from outreach.stakeholders.segments.services import save_segment
from outreach.stakeholders.segments.verdicts import members
from tests.cast import Cast
from tests.stakeholders.factories import People
from tests.web_client import post

HERE = "/staff/stakeholders/segments"


def _rule(
    *conditions: Condition, match: str = "all", leave_out: tuple[Condition, ...] = ()
) -> Rule:
    group = Group.model_validate({"match": match, "conditions": conditions})
    return Rule(groups=(group,), leave_out=Group(match="any", conditions=leave_out))


def _asked(kind: str, *values: str, **more: object) -> Condition:
    return Condition.model_validate({"kind": kind, "values": values, **more})


def _names(session: Session, rule: Rule, now: datetime) -> list[str]:
    query = select(Stakeholder.name).where(Stakeholder.id.in_(members([rule], now)))
    return sorted(session.scalars(query))


@pytest.fixture
def three(people: People, list_id: int, session: Session) -> str:
    """Ada, a politician of the EU in Belgium; Ben, NGO and funder; Cleo, who is nothing."""
    people.person(
        name="Ada", roles=("politician",), tier=Tier.EU, country="BE", tags=("x",), gets=list_id
    )
    people.person(
        name="Ben", roles=("ngo", "funder"), language="nl", organisation="Green 100%", topics=("t",)
    )
    people.person(name="Cleo", roles=())
    with transaction() as writing:
        writing.execute(update(Organisation).values(kind=OrganisationKind.NONPROFIT))
    return str(session.scalars(select(Tag.id)).one())


def test_own_conditions_select_whom_they_say(
    three: str, people: People, list_id: int, session: Session, now: datetime
) -> None:
    yesterday = (now - timedelta(days=1)).date()
    cases = [
        (_asked("role", "ngo", "politician"), ["Ada", "Ben"]),
        (_asked("role", "ngo", at=yesterday), []),
        (_asked("role", "ngo", is_not=True), ["Ada", "Cleo"]),
        (_asked("level", "eu"), ["Ada"]),
        (_asked("level", "eu", is_not=True), ["Ben", "Cleo"]),
        (_asked("country", "BE", "NL"), ["Ada"]),
        (_asked("language", "nl"), ["Ben"]),
        (_asked("organisation", "green 100%"), ["Ben"]),
        (_asked("organisation", "%"), ["Ben"]),
        (_asked("organisation_type", "nonprofit"), ["Ben"]),
        (_asked("organisation_type", "company", is_not=True), ["Ada", "Ben", "Cleo"]),
        (_asked("organisation", "nothing", is_not=True), ["Ada", "Ben", "Cleo"]),
        (_asked("topic", "1"), ["Ben"]),
        (_asked("tag", three), ["Ada"]),
        (_asked("gets", str(list_id)), ["Ada"]),
        (_asked("status", "none", "waiting"), ["Ben", "Cleo"]),
        (_asked("measured"), []),
        (_asked("batch", "9"), []),
        (_asked("role"), []),
        (_asked("tag", "x; DROP"), []),
    ]

    for asked, expected in cases:
        assert _names(session, _rule(asked), now) == expected, asked
        assert count_rule(session, _rule(asked), now).whole.yes == len(expected)


@pytest.mark.parametrize("name", ["Århus Kommune", "ÅRHUS KOMMUNE", "århus kommune"])
@pytest.mark.parametrize("typed", ["Århus", "århus", "ÅRHUS"])
def test_an_organisation_is_found_however_its_letters_are_written(
    people: People, session: Session, now: datetime, name: str, typed: str
) -> None:
    people.person(name="Ada", organisation=name)

    assert _names(session, _rule(_asked("organisation", typed)), now) == ["Ada"]


def test_a_period_that_ends_before_it_begins_is_not_saved(
    people: People, session: Session, now: datetime
) -> None:
    rule = _rule(_asked("clicked", since=date(2026, 3, 2), until=date(2026, 3, 1)))

    with pytest.raises(Refusal, match="earlier day first"), transaction() as writing:
        save_segment(writing, None, name="Late", description="", rule=rule, actor="Ada", now=now)


def test_what_leaves_somebody_out_is_told_as_such(
    people: People, session: Session, now: datetime
) -> None:
    ada = people.person(name="Ada", country="BE", roles=("ngo",))
    rule = _rule(_asked("role", "ngo"), leave_out=(_asked("country", "BE"),))

    assert [(why.words, why.answer) for why in reasons_for(session, rule, ada, now)] == [
        ("Role is NGO", "yes"),
        ("Left out if: Country is Belgium", "yes"),
    ]


def test_groups_join_by_and_or_not_and_an_empty_rule_selects_nobody(
    three: str, session: Session, now: datetime
) -> None:
    ngo, belgian = _asked("role", "ngo"), _asked("country", "BE")
    either = Rule(match="any", groups=(Group(conditions=(ngo,)), Group(conditions=(belgian,))))

    assert _names(session, Rule(), now) == []
    assert _names(session, _rule(ngo, belgian), now) == []
    assert _names(session, _rule(ngo, belgian, match="any"), now) == ["Ada", "Ben"]
    assert _names(session, either, now) == ["Ada", "Ben"]
    assert _names(session, _rule(ngo, belgian, match="any", leave_out=(belgian,)), now) == ["Ben"]


def test_a_role_is_asked_for_at_a_day(people: People, session: Session, now: datetime) -> None:
    ada = people.person(name="Ada", roles=("politician",))
    later = now + timedelta(days=400)
    with transaction() as writing:
        change_roles(writing, ada, ["ngo"], now=later)

    past = _asked("role", "politician", at=date(2026, 6, 1))

    assert _names(session, _rule(past), later + timedelta(days=1)) == ["Ada"]
    assert _names(session, _rule(_asked("role", "politician")), later + timedelta(days=1)) == []


def test_a_role_selects_the_same_people_where_few_are_asked(
    people: People, session: Session, now: datetime
) -> None:
    ada = people.person(name="Ada", roles=("politician", "ngo"), tags=("x",))
    people.person(name="Ben", roles=("politician", "ngo"), tags=("x",))
    people.person(name="Cleo", roles=("politician",))
    later = now + timedelta(days=400)
    with transaction() as writing:
        change_roles(writing, ada, ["ngo"], now=later)
    tag = _asked("tag", str(session.scalars(select(Tag.id)).one()))
    after = later + timedelta(days=1)

    for role, of_all, of_few in (
        (_asked("role", "politician"), ["Ben", "Cleo"], ["Ben"]),
        (_asked("role", "politician", "ngo"), ["Ada", "Ben", "Cleo"], ["Ada", "Ben"]),
        (_asked("role", "politician", at=date(2026, 6, 1)), ["Ada", "Ben", "Cleo"], ["Ada", "Ben"]),
        (_asked("role", "politician", is_not=True), ["Ada"], ["Ada"]),
    ):
        assert _names(session, _rule(role), after) == of_all
        assert _names(session, _rule(role, tag), after) == of_few
        apart = Rule(groups=(Group(conditions=(role,)), Group(conditions=(tag,))))
        assert _names(session, apart, after) == of_few
        assert _names(session, _rule(tag, leave_out=(role,)), after) == sorted(
            {"Ada", "Ben"} - set(of_few)
        )


def test_what_may_not_be_known_is_neither_yes_nor_no(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    ada = people.person(name="Ada", country="BE")
    people.consent(ada, list_id, purpose=Purpose.MEASUREMENT)
    ben, cleo = people.person(name="Ben", country="BE"), people.person(name="Cleo", country="ES")
    people.consent(cleo, list_id, purpose=Purpose.MEASUREMENT)
    people.person(name="Dora", country="ES")
    rule = _rule(_asked("opened", is_not=True), _asked("country", "BE"))
    either = rule.model_copy(update={"groups": (Group(match="any", conditions=rule.conditions),)})

    counted = count_rule(session, rule, now)
    any_of = count_rule(session, either, now)

    assert _names(session, rule, now) == ["Ada"]
    assert counted.whole.sentence == (
        "1 matches, of the 1 who agreed to be measured; 1 cannot be known, "
        "of the 2 the other conditions leave open"
    )
    assert any_of.whole.sentence == (
        "3 match: 2 whatever they did, and 1 of the 1 who agreed to be measured; "
        "1 cannot be known, of the 2 the other conditions leave open"
    )
    assert [count.sentence for count in counted.conditions] == [
        "2 match, of the 2 who agreed to be measured; 2 cannot be known",
        "2 match",
    ]
    answers = [answer_for(session, rule, person, now) for person in (ada, ben, cleo)]
    assert answers == ["yes", "unknown", "no"]
    words = [(reason.words, reason.answer) for reason in reasons_for(session, rule, ben, now)]
    assert words == [("Not: Opened a letter", "unknown"), ("Country is Belgium", "yes")]


def test_any_value_is_answered(people: People, session: Session, now: datetime) -> None:
    people.person()

    for kind in OWN_KINDS:
        for value in ("1", "x", "99999999999999999999", "\\", "' OR 1=1"):
            found = count_rule(session, _rule(_asked(kind.name, value)), now)
            assert found.whole.yes in {0, 1}


def test_every_engagement_of_later_rooms_is_a_condition(
    people: People, session: Session, now: datetime
) -> None:
    people.person()
    known = {"got", "opened", "clicked", "downloaded", "asked"}

    assert known <= set(kinds())
    for name in known:
        asked = _asked(name, "1", since="2026-01-01", until="2026-12-31")
        assert count_rule(session, _rule(asked), now).whole.yes == 0


def test_the_builder_works_by_buttons_alone(people: People) -> None:
    form = MultiDict({"match": "all", "g0-match": "any", "g0-add": "role", "gx-add": "tag"})

    rule = changed(changed(rule_in(form), "add:0", form), "add:x", form)
    two = changed(rule, "group", form)
    one = changed(two, "remove:0:0", form)

    assert rule.groups[0].conditions == (Condition(kind="role"),)
    assert rule.leave_out.conditions == (Condition(kind="tag"),)
    assert [len(two.groups), len(one.groups)] == [2, 1]
    for nonsense in ("add:9", "add:x:1", "remove:0:99", "remove:q", "", "save", "add:-1"):
        assert changed(rule, nonsense, form).groups[0] == rule.groups[0]


def test_a_segment_is_built_counted_saved_and_archived(
    cast: Cast, people: People, list_id: int
) -> None:
    client, ada = cast.ada, people.person(name="Ada", country="BE")
    people.person(name="Ben", country="NL")
    form = {"name": "Belgians", "g0-match": "all", "g0-c0-kind": "country", "match": "all"}
    chosen = MultiDict([*form.items(), ("g0-c0-values", "BE"), ("do", "count")])

    shown = post(client, f"{HERE}/new", chosen)
    refused = post(client, f"{HERE}/new", {**form, "do": "save"})
    counts = post(client, f"{HERE}/count", chosen)
    chosen.setlist("do", ["save"])
    saved = post(client, f"{HERE}/new", chosen, follow_redirects=True)
    with people.app.app_context():
        found = db.session.scalars(select(Segment.id)).one()
    listed = client.get(f"/staff/stakeholders?segment={found}")
    why = client.get(f"/staff/stakeholders/{ada}/segments")
    archived = post(client, f"{HERE}/{found}/archive", follow_redirects=True)

    assert "1 matches" in shown.text
    assert refused.status_code == 422
    assert "has no choice yet" in refused.text
    assert counts.json == {"whole": "1 matches", "0": "1 matches"}
    assert "Country is Belgium" in saved.text
    assert "Ada" in listed.text
    assert "Ben" not in listed.text
    assert "Segment: Belgians" in listed.text
    assert "Country is Belgium: <strong>yes" in why.text
    assert "No segment yet" in archived.text


def test_a_name_is_taken_once_and_a_mailing_takes_several_segments_one_copy_each(
    people: People, list_id: int, session: Session, now: datetime
) -> None:
    for name, role in (("Ada", "ngo"), ("Ben", "funder")):
        people.person(name=name, roles=(role, "citizen"), gets=list_id)
    people.person(name="Cleo", roles=("media",), gets=list_id)
    ids = []
    for name, roles in (("One", ("ngo",)), ("Two", ("ngo", "funder"))):
        with transaction() as writing:
            rule = _rule(_asked("role", *roles))
            values = {"description": "", "rule": rule, "actor": "Ada", "now": now}
            ids.append(save_segment(writing, None, name=name, **values).id)  # type: ignore[arg-type]

    both = count(session, Audience(segment_ids=tuple(ids)), list_id, now)
    narrowed = count(session, Audience(segment_ids=tuple(ids), countries=("BE",)), list_id, now)
    gone = count(session, Audience(segment_ids=(99,)), list_id, now)

    assert [both.recipients, narrowed.recipients, gone.selected] == [2, 0, 0]
    with pytest.raises(Conflict), transaction() as writing:
        save_segment(writing, None, name="ONE", description="", rule=rule, actor="Ada", now=now)
    with pytest.raises(Refusal, match="needs a name"), transaction() as writing:
        save_segment(writing, None, name=" ", description="", rule=rule, actor="Ada", now=now)
