"""Roles of one's own and topics, from the settings."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.text import LocalText
from outreach.stakeholders.models import Role, Topic
from outreach.stakeholders.models import StakeholderTopic as Asked
from outreach.stakeholders.roles import all_roles
from tests.cast import Cast
from tests.factories import Factory
from tests.stakeholders.factories import People
from tests.web_client import post

AT = "/staff/settings"
PLANNER = {"name_en": "city planner", "example_en": "Draws the plans.", "is_public": "y"}


def test_a_role_of_ones_own_comes_last_until_it_is_moved(
    cast: Cast, make: Factory, session: Session
) -> None:
    make.roles()

    post(cast.ada, f"{AT}/roles/new", PLANNER)
    made = session.scalars(select(Role).where(Role.slug == "city-planner")).one()
    post(cast.ada, f"{AT}/roles/{made.id}/up")

    assert [role.slug for role in all_roles(session)][-2:] == ["city-planner", "business"]
    assert (made.is_public, str(made.plural)) == (True, "city planner")


def test_a_word_of_another_role_is_refused(cast: Cast, make: Factory) -> None:
    make.roles()

    page = post(cast.ada, f"{AT}/roles/new", {"name_en": "Policy Maker"})

    assert page.status_code == 422
    assert "another role" in page.text


def test_an_archived_role_is_not_offered_and_keeps_its_slug(
    cast: Cast, make: Factory, session: Session
) -> None:
    key = make.roles()["business"]

    post(cast.ada, f"{AT}/roles/{key}/archive")
    post(cast.ada, f"{AT}/roles/{key}", {"name_en": "company"})

    role = session.get_one(Role, key)
    assert role.archived_at is not None
    assert (role.slug, str(role.name)) == ("business", "company")
    assert "business" not in [other.slug for other in all_roles(session)]
    assert post(cast.ada, f"{AT}/roles/{key}/up").status_code == 409


def test_a_topic_somebody_asked_for_stays(cast: Cast, people: People, session: Session) -> None:
    person_id = people.person()
    (mobility,) = people.make.add(Topic(slug="mobility", name=LocalText(en="Mobility")))
    with transaction() as writing:
        writing.add(Asked(stakeholder_id=person_id, topic_id=mobility))
    post(cast.ada, f"{AT}/topics/new", {"name_en": "Housing"})
    housing = session.scalars(select(Topic.id).where(Topic.slug == "housing")).one()

    refused = post(cast.ada, f"{AT}/topics/{mobility}/delete")
    deleted = post(cast.ada, f"{AT}/topics/{housing}/delete")
    twice = post(cast.ada, f"{AT}/topics/new", {"name_en": "mobility"})

    assert (refused.status_code, deleted.status_code, twice.status_code) == (409, 302, 422)
    assert "1" in cast.ada.get(f"{AT}/topics").text
