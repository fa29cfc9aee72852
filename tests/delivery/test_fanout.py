"""A mailing becomes one delivery per person, once, with what was true of them at that moment."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.delivery.fanout import FanOut, fan_out
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, MailingKey, TokenGroup
from outreach.mailings.models import Mailing
from outreach.stakeholders.consents import leave_list
from outreach.stakeholders.models import Stakeholder, StakeholderRole, Tier, WithheldReason
from tests.delivery.kit import Kit

DAY = timedelta(days=1)


def fan(
    kit: Kit, mailing_id: int, now: datetime, *, tracking: TrackingMode = TrackingMode.UNLINKED
) -> FanOut:
    with kit.app.app_context(), transaction(db.engine) as connection:
        return fan_out(
            connection, mailing_id, tracking=tracking, threshold=5, transport="catcher", now=now
        )


def groups(session: Session, mailing_id: int) -> list[TokenGroup]:
    found = select(TokenGroup).where(TokenGroup.mailing_id == mailing_id).order_by(TokenGroup.no)
    return list(session.scalars(found))


def test_recipients_are_numbered_first_and_the_withheld_after_them(kit: Kit, now: datetime) -> None:
    people = kit.people(6)
    with kit.app.app_context(), transaction() as session:
        leave_list(session, people[0], kit.list_id, now=now, actor="the person")

    made = fan(kit, kit.mailing(), now)

    deliveries = kit.deliveries(made_for(kit))
    assert made == FanOut(recipients=5, withheld=1)
    assert [one.number for one in deliveries] == [1, 2, 3, 4, 5, 6]
    assert [one.stakeholder_id for one in deliveries] == [*people[1:], people[0]]
    assert [one.state for one in deliveries] == [DeliveryState.QUEUED] * 5 + [
        DeliveryState.WITHHELD
    ]
    assert deliveries[5].reason is WithheldReason.UNSUBSCRIBED
    assert deliveries[5].group_no is None


def made_for(kit: Kit) -> int:
    with kit.app.app_context():
        return db.session.scalars(select(Dispatch.mailing_id)).one()


def test_a_second_fan_out_changes_nothing(kit: Kit, now: datetime) -> None:
    mailing_id = kit.mailing(recipients=7)
    first = fan(kit, mailing_id, now)
    with kit.app.app_context():
        key = db.session.get_one(MailingKey, mailing_id).key
    kit.people(3)

    second = fan(kit, mailing_id, now)

    assert second == first
    assert len(kit.deliveries(mailing_id)) == 7
    with kit.app.app_context():
        assert db.session.get_one(MailingKey, mailing_id).key == key


def test_what_was_true_of_a_person_is_kept(kit: Kit, now: datetime) -> None:
    person = kit.people(1, role="funder", tier=Tier.EU, country="BE", language="nl")[0]
    roles = kit.make.roles()
    with kit.app.app_context(), transaction() as session:
        session.add(StakeholderRole(stakeholder_id=person, role_id=roles["politician"], since=now))
    mailing_id = kit.mailing()
    fan(kit, mailing_id, now)

    with kit.app.app_context(), transaction() as session:
        session.execute(update(Stakeholder).values(tier=None, country="NL", language="en"))

    delivery = kit.deliveries(mailing_id)[0]
    assert sorted(delivery.roles) == sorted([roles["funder"], roles["politician"]])
    assert delivery.role_id == roles["politician"]
    assert (delivery.tier, delivery.country, delivery.language) == (Tier.EU, "BE", "nl")


def test_the_role_that_counts_is_the_first_by_precedence_of_those_held_now(
    kit: Kit, now: datetime
) -> None:
    [none, one, several, ended] = [kit.people(1, role="funder", language="en")[0] for _ in range(4)]
    roles, mailing_id = kit.make.roles(), kit.mailing()
    held = StakeholderRole.stakeholder_id
    more = [(several, "ngo", None), (several, "politician", None), (ended, "politician", now)]
    with kit.app.app_context(), transaction() as session:
        session.execute(update(Mailing).values(audience={"languages": ["en"]}))
        session.execute(delete(StakeholderRole).where(held == none))
        session.add_all(
            StakeholderRole(
                stakeholder_id=person, role_id=roles[role], since=now - DAY, until=until
            )
            for person, role, until in more
        )

    fan(kit, mailing_id, now)

    found = {made.stakeholder_id: made for made in kit.deliveries(mailing_id)}
    assert {person: made.role_id for person, made in found.items()} == {
        none: None,
        one: roles["funder"],
        several: roles["politician"],
        ended: roles["funder"],
    }
    assert [len(found[person].roles) for person in (none, one, several, ended)] == [0, 1, 3, 1]


def test_people_who_agreed_are_grouped_apart_and_the_others_by_at_least_k(
    kit: Kit, session: Session, now: datetime
) -> None:
    kit.people(2, measured=True, country="BE")
    kit.people(7, country="BE")
    kit.people(3, country="NL")
    kit.people(4, country=None)
    mailing_id = kit.mailing()

    fan(kit, mailing_id, now)

    found = groups(session, mailing_id)
    assert [(one.country, one.folded, one.size, one.is_personal) for one in found] == [
        (None, ["country"], 7, False),
        ("BE", [], 7, False),
        ("BE", [], 2, True),
    ]
    assert all(one.is_measured for one in found)
    counted = dict(
        session.execute(select(Delivery.group_no, func.count()).group_by(Delivery.group_no)).all()
    )
    assert counted == {one.no: one.size for one in found}


def test_fewer_than_k_unmeasured_people_carry_no_token(
    kit: Kit, session: Session, now: datetime
) -> None:
    kit.people(4)
    kit.people(1, measured=True)
    mailing_id = kit.mailing()

    fan(kit, mailing_id, now)

    assert [
        (one.size, one.is_personal, one.is_measured) for one in groups(session, mailing_id)
    ] == [
        (4, False, False),
        (1, True, True),
    ]


@pytest.mark.parametrize(
    ("tracking", "personal", "has_key"),
    [
        (TrackingMode.UNLINKED, 2, True),
        (TrackingMode.SHARED, 2, False),
        (TrackingMode.INDIVIDUAL, 8, False),
        (TrackingMode.OFF, 0, False),
    ],
)
def test_the_mode_decides_who_is_followed_and_whether_there_is_a_key(
    kit: Kit,
    session: Session,
    now: datetime,
    tracking: TrackingMode,
    personal: int,
    has_key: bool,
) -> None:
    kit.people(2, measured=True)
    kit.people(6)
    mailing_id = kit.mailing()

    fan(kit, mailing_id, now, tracking=tracking)

    assert sum(one.is_personal for one in kit.deliveries(mailing_id)) == personal
    assert (session.get(MailingKey, mailing_id) is not None) == has_key
    is_on = tracking is not TrackingMode.OFF
    assert {one.is_measured for one in groups(session, mailing_id)} == {is_on}


def test_a_mailing_to_nobody_is_fanned_out_as_well(kit: Kit, now: datetime) -> None:
    kit.make.roles()
    mailing_id = kit.mailing()

    made = fan(kit, mailing_id, now)

    assert made == FanOut(0, 0)
    assert kit.deliveries(mailing_id) == []
