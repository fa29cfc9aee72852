"""People are enrolled and corrected; roles begin and end and are never forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeKind, ChangeSet
from outreach.core.db import transaction
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.mail.addresses import BadAddress
from outreach.projects.models import Organisation
from outreach.stakeholders.models import Stakeholder, StakeholderRole, Tier
from outreach.stakeholders.people import (
    AlreadyThere,
    PersonData,
    amend,
    change_roles,
    enrol,
    living,
)
from tests.stakeholders.factories import People

LATER = timedelta(days=30)


def test_a_person_is_kept_with_everything_said(
    people: People, session: Session, now: datetime
) -> None:
    found = people.person(
        "Ada@Example.org",
        roles=("policy-maker", "ngo"),
        name="Ada  Lovelace",
        organisation="City of Tilburg",
        country="NL",
        tier=Tier.MUNICIPALITY,
        topics=("Housing",),
        tags=("met in Ghent",),
    )

    ada = people.load(found)
    assert (ada.email, ada.name, ada.sort_name) == (
        "ada@example.org",
        "Ada Lovelace",
        "ada lovelace",
    )
    assert ada.fingerprint == people.make.fingerprint("ada@example.org")
    assert ada.organisation
    assert ada.organisation.name == "City of Tilburg"
    assert {held.role.slug for held in ada.roles} == {"policy-maker", "ngo"}
    assert [topic.slug for topic in ada.topics] == ["housing"]
    assert [tag.name for tag in ada.tags] == ["met in Ghent"]


def test_the_same_address_twice_is_refused_and_says_who_it_is(
    people: People, session: Session
) -> None:
    first = people.person("ada@example.org")

    with pytest.raises(AlreadyThere) as refused:
        people.person("ADA@example.org")

    assert refused.value.stakeholder_id == first


def test_an_address_nobody_can_write_to_is_refused(people: People, session: Session) -> None:
    with pytest.raises(BadAddress):
        people.person("ada at example")


def test_a_role_taken_away_ends_and_stays_known(
    people: People, session: Session, now: datetime
) -> None:
    found = people.person(roles=("politician", "ngo"), tier=Tier.COUNTRY)
    with transaction() as writing:
        change_roles(writing, found, ["ngo", "researcher"], now=now + LATER)

    ada = people.load(found)
    spans = {held.role.slug: (held.since, held.until) for held in ada.roles}
    assert spans["politician"] == (now, now + LATER)
    assert spans["ngo"] == (now, None)
    assert spans["researcher"] == (now + LATER, None)
    assert ada.tier is None


def test_a_role_taken_away_and_given_back_in_one_moment_is_one_row(
    people: People, session: Session, now: datetime
) -> None:
    found = people.person(roles=("ngo",))
    for slugs in ([], ["ngo"]):
        with transaction() as writing:
            change_roles(writing, found, slugs, now=now)

    held = session.scalars(select(StakeholderRole)).one()
    assert held.until is None


def test_a_level_counts_only_with_a_public_role(people: People, session: Session) -> None:
    found = people.person(roles=("ngo",), tier=Tier.EU)

    assert people.load(found).tier is None


def test_editing_leaves_the_fields_that_differ_in_a_change_set(
    people: People, session: Session, now: datetime
) -> None:
    found = people.person("ada@example.org", name="Ada", country="BE")
    data = PersonData("ada@example.org", name="Ada", country="NL")
    with transaction() as writing:
        ring = state(people.app).ring
        amend(writing, found, data, roles=["ngo"], now=now, ring=ring, actor="Ben", actor_id=7)

    change = session.scalars(select(Change)).one()
    change_set = session.get_one(ChangeSet, change.change_set_id)
    assert (change.before, change.after) == ({"country": "BE"}, {"country": "NL"})
    assert (change_set.kind, change_set.actor, change_set.actor_id) == (ChangeKind.EDIT, "Ben", 7)
    assert "Ada" not in change_set.label


def test_a_new_address_gets_a_new_fingerprint(
    people: People, session: Session, now: datetime
) -> None:
    found, other = people.person("ada@example.org"), people.person("ben@example.org")
    ring = state(people.app).ring
    with transaction() as writing:
        data = PersonData("ada@example.eu")
        amend(writing, found, data, roles=[], now=now, ring=ring, actor="Ben")

    assert people.load(found).fingerprint == ring.fingerprint("ada@example.eu")
    with pytest.raises(AlreadyThere), transaction() as writing:
        data = PersonData("ada@example.eu")
        amend(writing, other, data, roles=[], now=now, ring=ring, actor="Ben")


def test_organisations_are_made_once(people: People, session: Session) -> None:
    people.person(organisation="City of Tilburg")
    people.person(organisation=" City  of Tilburg ")

    assert len(session.scalars(select(Organisation)).all()) == 1


def test_a_merged_person_is_found_as_the_one_they_became(
    people: People, session: Session, now: datetime
) -> None:
    first, second = people.person(), people.person()
    with transaction() as writing:
        writing.get_one(Stakeholder, first).merged_into_id = second

    assert living(session, first).id == second


def test_nobody_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        living(session, 4711)


def test_enrolling_within_a_change_set_records_the_person(
    people: People, session: Session, now: datetime
) -> None:
    with transaction() as writing:
        change_set = ChangeSet(kind=ChangeKind.IMPORT, label="A file", created_at=now)
        ring = state(people.app).ring
        data = PersonData("ada@example.org", name="Ada")
        enrol(writing, data, roles=["ngo"], now=now, ring=ring, change_set=change_set)

    change = session.scalars(select(Change)).one()
    assert change.before["email"] is None
    assert change.after["roles"] == ["ngo"]


def test_names_of_any_length_and_script_fit_the_index(people: People, session: Session) -> None:
    found = people.person(
        "x" * 64 + "@" + "y" * 60 + ".org",
        name="\U0001f3d9" * 300,
        organisation="ΐ\U0001f3d9" * 150,
    )

    assert len(people.load(found).name) == 200


def test_the_search_text_is_folded(people: People, session: Session) -> None:
    found = people.person("jm@example.org", name="Jürgen MÜLLER", organisation="Região Æ")

    assert people.load(found).search_text == "jurgen muller jm@example.org regiao æ"
