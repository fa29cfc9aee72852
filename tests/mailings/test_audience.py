"""Who a mailing is for, and who of them gets it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mailings.audience import Audience, RoleCount, choose_roles, count, judged
from outreach.stakeholders.models import Stakeholder, StakeholderRole, Tier, WithheldReason
from tests.factories import Factory
from tests.mailings.factories import MailingFactory


def _ids(session: Session, audience: Audience, now: datetime) -> list[int]:
    found = judged(session, audience, 0, now)
    selected = select(Stakeholder.id).where(*found.conditions).order_by(Stakeholder.id)
    return list(session.scalars(selected))


def test_any_of_the_chosen_roles_selects_a_person_once(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    both = room.person("ngo", "funder")
    one = room.person("funder")
    room.person("researcher")

    found = _ids(session, Audience(role_ids=(room.roles["ngo"], room.roles["funder"])), now)

    assert found == [both, one]


def test_a_choice_of_nothing_selects_nobody(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    room.person("ngo")

    assert _ids(session, Audience(), now) == []


def test_groups_narrow_each_other(room: MailingFactory, session: Session, now: datetime) -> None:
    wanted = room.person("ngo", country="BE", language="nl")
    room.person("ngo", country="BE", language="fr")
    room.person("ngo", country="FR", language="nl")
    audience = Audience(role_ids=(room.roles["ngo"],), countries=("BE",), languages=("nl",))

    assert _ids(session, audience, now) == [wanted]


def test_levels_narrow_public_roles_and_leave_the_others(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mayor = room.person("politician", tier=Tier.MUNICIPALITY)
    room.person("politician", tier=Tier.EU)
    ngo = room.person("ngo")
    roles = (room.roles["politician"], room.roles["ngo"])

    assert _ids(session, Audience(role_ids=roles, tiers=(Tier.MUNICIPALITY,)), now) == [mayor, ngo]
    assert _ids(session, Audience(tiers=(Tier.MUNICIPALITY,)), now) == [mayor]


def test_a_role_that_ended_or_has_not_begun_selects_nobody(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    former = room.person("politician")
    room.person("politician", since=now + timedelta(days=1))
    with transaction() as writing:
        held = writing.get_one(
            StakeholderRole, (former, room.roles["politician"], now.replace(year=2025))
        )
        held.until = now

    assert _ids(session, Audience(role_ids=(room.roles["politician"],)), now) == []


def test_people_who_were_erased_or_merged_are_not_selected(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    kept, erased, merged = (room.person("ngo", country="BE") for _ in range(3))
    with transaction() as writing:
        writing.get_one(Stakeholder, erased).erased_at = now
        writing.get_one(Stakeholder, merged).merged_into_id = kept

    assert _ids(session, Audience(countries=("BE",)), now) == [kept]


def test_the_count_adds_up_and_names_every_reason(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())
    for _ in range(2):
        room.person("ngo", "funder", list_id=list_id)
    room.person("funder", list_id=list_id)
    room.person("funder", list_id=list_id, state="withdrawn")
    room.person("ngo", list_id=list_id, state="pending")
    room.person("ngo")
    audience = Audience(role_ids=(room.roles["ngo"], room.roles["funder"]))

    found = count(session, audience, list_id, now)

    assert (found.selected, found.recipients) == (6, 3)
    assert found.withheld == {
        WithheldReason.NO_CONSENT: 1,
        WithheldReason.PENDING: 1,
        WithheldReason.UNSUBSCRIBED: 1,
    }
    assert found.by_role == (
        RoleCount(room.roles["ngo"], selected=4, recipients=2),
        RoleCount(room.roles["funder"], selected=2, recipients=1),
    )


def test_somebody_without_a_role_is_counted_by_country(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())
    room.person(list_id=list_id, country="DK")

    found = count(session, Audience(countries=("DK",)), list_id, now)

    assert found.by_role == (RoleCount(None, selected=1, recipients=1),)


def test_roles_are_chosen_by_slug(room: MailingFactory, session: Session) -> None:
    assert choose_roles(session, ["ngo", "funder", "ngo"]) == (
        room.roles["ngo"],
        room.roles["funder"],
    )


def test_an_unknown_role_is_named_with_those_we_know(
    room: MailingFactory, session: Session
) -> None:
    with pytest.raises(Refusal, match=r"no role “mayor”.*policy-maker"):
        choose_roles(session, ["ngo", "mayor"])
