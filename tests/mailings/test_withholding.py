"""Whom an audience leaves out, and how much a network writes to one person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.delivery.leases import Range
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.delivery.recipients import due_letters
from outreach.delivery.watching import Watch
from outreach.mailings.audience import Audience, AudienceCount, count, judged
from outreach.mailings.models import Mailing, MailingState
from outreach.projects.models import Network
from outreach.stakeholders.consents import withdraw_invitations
from outreach.stakeholders.models import ConsentState, Purpose, Segment, Stakeholder, WithheldReason
from tests.factories import Factory
from tests.mailings.factories import MailingFactory


class _Post:
    """Makes mailings of one list that somebody got."""

    def __init__(self, room: MailingFactory, list_id: int) -> None:
        self.room, self.list_id = room, list_id

    def sent(
        self,
        people: Mapping[int, DeliveryState],
        at: datetime,
        *,
        state: MailingState = MailingState.SENT,
        list_id: int | None = None,
    ) -> int:
        mailing_id = self.room.mailing(readers=0, list_id=list_id or self.list_id, state=state)
        is_over = state is MailingState.SENT
        dispatch = Dispatch(
            mailing_id=mailing_id,
            fanned_out_at=at,
            recipients=len(people),
            withheld=0,
            transport="catcher",
            tracking="unlinked",
            threshold=5,
            settled_at=at if is_over else None,
        )
        deliveries = [
            Delivery(
                mailing_id=mailing_id,
                number=number,
                stakeholder_id=person,
                state=became,
                roles=[],
                language="en",
                settled_at=None if became is DeliveryState.QUEUED else at,
            )
            for number, (person, became) in enumerate(people.items(), start=1)
        ]
        with self.room.make.app.app_context(), transaction() as session:
            session.add(dispatch)
            session.flush()
            session.add_all(deliveries)
        return mailing_id


def _reasons(
    session: Session, audience: Audience, list_id: int, now: datetime
) -> dict[int, str | None]:
    found = judged(session, audience, list_id, now)
    rows = session.execute(select(Stakeholder.id, found.reason).where(*found.conditions))
    return dict(rows.all())


def _adds_up(found: AudienceCount) -> bool:
    return found.selected == found.recipients + sum(found.withheld.values())


def test_who_is_left_out_is_withheld_with_the_reason(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())
    stays, funder, french, reader, bounced, awaits, left = (
        room.person(*roles, list_id=list_id, **values)
        for roles, values in (
            (("ngo",), {}),
            (("ngo", "funder"), {}),
            (("ngo",), {"country": "FR"}),
            (("ngo",), {}),
            (("ngo",), {}),
            (("ngo",), {}),
            (("ngo", "funder"), {"state": "withdrawn"}),
        )
    )
    rule: dict[str, Any] = {"groups": [{"conditions": [{"kind": "country", "values": ["FR"]}]}]}
    segment = make.add(Segment(name="France", rule=rule, created_at=now, updated_at=now))[0]
    earlier = _Post(room, list_id).sent(
        {
            reader: DeliveryState.ACCEPTED,
            bounced: DeliveryState.BOUNCED,
            awaits: DeliveryState.QUEUED,
        },
        now - timedelta(days=90),
    )
    ngos = (room.roles["ngo"],)
    audience = Audience(
        role_ids=ngos,
        not_role_ids=(room.roles["funder"],),
        not_segment_ids=(segment,),
        not_mailing_ids=(earlier,),
    )

    assert _reasons(session, audience, list_id, now) == {
        stays: None,
        funder: WithheldReason.LEFT_OUT,
        french: WithheldReason.LEFT_OUT,
        reader: WithheldReason.RECEIVED,
        bounced: None,
        awaits: WithheldReason.RECEIVED,
        left: WithheldReason.UNSUBSCRIBED,
    }
    found = count(session, audience, list_id, now)
    assert _adds_up(found)
    assert found.withheld[WithheldReason.LEFT_OUT] == 2
    assert Audience(not_role_ids=ngos).is_empty  # leaving somebody out chooses nobody


def test_a_network_writes_so_many_letters_in_thirty_days_and_no_more(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id, other = make.list_of(make.project()), make.list_of(make.project())
    full, nearly, foreign, joined = (room.person("ngo", list_id=list_id) for _ in range(4))
    former = room.person("ngo", merged_into_id=joined)
    post = _Post(room, list_id)
    accepted = DeliveryState.ACCEPTED
    for days in (1, 10, 29):
        post.sent({full: accepted, nearly: accepted}, now - timedelta(days=days))
    post.sent({nearly: accepted}, now - timedelta(days=31))
    for days, address in ((2, former), (11, former), (20, joined)):
        post.sent({address: accepted}, now - timedelta(days=days))
    post.sent({nearly: DeliveryState.BOUNCED}, now - timedelta(days=1))
    post.sent({foreign: accepted}, now - timedelta(days=1), list_id=other)
    audience = Audience(role_ids=(room.roles["ngo"],))
    assert count(session, audience, list_id, now).withheld == {}
    session.rollback()

    queued = DeliveryState.QUEUED
    last = post.sent({full: queued, joined: queued}, now, state=MailingState.SENDING)

    assert _reasons(session, audience, list_id, now) == {
        full: WithheldReason.TOO_MANY,
        nearly: None,
        foreign: None,
        joined: WithheldReason.TOO_MANY,
    }
    # The letter that fills the measure leaves; a fifth one, made before that, does not.
    leased = Range(last, 1, 1)
    with db.engine.connect() as reading:
        assert due_letters(reading, leased, list_id, now=now).barred == {}
    session.rollback()
    post.sent({full: accepted}, now)
    with db.engine.connect() as reading:
        assert due_letters(reading, leased, list_id, now=now).barred == {1: WithheldReason.TOO_MANY}
    with transaction() as writing:
        writing.execute(update(Network).values(most_letters=0))
    assert count(session, audience, list_id, now).withheld == {}


def test_who_asked_for_one_letter_a_month_gets_one_of_all_lists(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id, other = make.list_of(make.project()), make.list_of(make.project())
    due, served, waits = (
        room.person("ngo", list_id=list_id, at_most_monthly=True) for _ in range(3)
    )
    often = room.person("ngo", list_id=list_id)
    joined = room.person("ngo", list_id=list_id, at_most_monthly=True)
    former = room.person("ngo", merged_into_id=joined)
    post, accepted = _Post(room, list_id), DeliveryState.ACCEPTED
    post.sent(
        {due: DeliveryState.REFUSED, served: accepted, often: accepted, former: accepted},
        now - timedelta(days=5),
        list_id=other,
    )
    post.sent({due: accepted}, now - timedelta(days=28))
    leaving = post.sent({waits: DeliveryState.QUEUED}, now, state=MailingState.SENDING)

    assert _reasons(session, Audience(role_ids=(room.roles["ngo"],)), list_id, now) == {
        due: None,
        served: WithheldReason.MONTHLY,
        waits: WithheldReason.MONTHLY,
        often: None,
        joined: WithheldReason.MONTHLY,
    }
    with db.engine.connect() as reading:
        assert due_letters(reading, Range(leaving, 1, 1), list_id, now=now).barred == {}


def test_letters_of_a_mailing_that_is_held_fill_no_measure(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())
    person = room.person("ngo", list_id=list_id)
    for _ in range(4):
        _Post(room, list_id).sent({person: DeliveryState.QUEUED}, now, state=MailingState.PAUSED)
    with transaction() as writing:
        assert writing.scalars(select(Mailing.state).distinct()).all() == [MailingState.PAUSED]

    assert count(session, Audience(role_ids=(room.roles["ngo"],)), list_id, now).recipients == 1


def test_an_invitation_goes_to_those_who_agreed_to_be_invited_until_they_say_otherwise(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())
    both, only, reader, withdrew, asked = (
        room.person("ngo", list_id=at) for at in (list_id, None, list_id, list_id, list_id)
    )
    for person, standing in (
        (both, "active"),
        (only, "active"),
        (withdrew, "withdrawn"),
        (asked, "pending"),
    ):
        room.consent(
            person, list_id, purpose=Purpose.EVENT_INVITATION, state=ConsentState(standing)
        )
    invitation = Audience(role_ids=(room.roles["ngo"],), is_invitation=True)

    assert _reasons(session, invitation, list_id, now) == {
        both: None,
        only: None,
        reader: WithheldReason.NOT_INVITED,
        withdrew: WithheldReason.NOT_INVITED,
        asked: WithheldReason.PENDING,
    }
    assert count(session, invitation, list_id, now).is_invitation
    session.rollback()
    letters = {both: DeliveryState.QUEUED, only: DeliveryState.QUEUED}
    leaving = _Post(room, list_id).sent(letters, now, state=MailingState.SENDING)
    with transaction() as writing:
        writing.get_one(Mailing, leaving).audience = invitation.model_dump(mode="json")
        withdraw_invitations(writing, both, list_id, now=now, actor="the person")
    with db.engine.connect() as reading:
        due = due_letters(reading, Range(leaving, 1, 2), list_id, now=now)
    assert due.barred == {1: WithheldReason.STOPPED}
    assert [letter.number for letter in due.recipients] == [2]
    left: set[int] = set()
    Watch(db.engine, leaving, list_id, lambda: now).look(left)
    assert left == {both}, "a sender at work notices, too"
