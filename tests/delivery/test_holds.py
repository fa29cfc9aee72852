"""A domain that refuses all its letters is held back; the mailing goes on without it."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.breaker import MOST_BLOCKED, MOST_IN_A_ROW, Breaker
from outreach.delivery.contributes import CONTRIBUTION
from outreach.delivery.domains import by_domain
from outreach.delivery.heeding import QUIET
from outreach.delivery.holds import HOURS, hold, holds_of, try_again
from outreach.delivery.judging import Result
from outreach.delivery.models import DeliveryState, DomainHold
from outreach.delivery.queries import progress
from outreach.delivery.remaining import remaining
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.models import OutboxLetter
from outreach.mail.replies import BounceClass
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.models import Stakeholder, Suppression
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer
from tests.web_client import post

MINISTRY = "ministry.example"


def _at_the_ministry(kit: Kit, people: int) -> list[str]:
    """Give so many people, in the middle of the list, an address of the ministry."""
    emails = [f"person{number}@{MINISTRY}" for number in range(people)]
    with kit.app.app_context(), transaction() as session:
        found = session.scalars(select(Stakeholder).order_by(Stakeholder.id)).all()
        for person, email in zip(found[20 : 20 + people], emails, strict=True):
            kit.recipients[kit.recipients.index(str(person.email))] = email
            person.email, person.fingerprint = email, state(kit.app).ring.fingerprint(email)
    return emails


def _work(kit: Kit, server: RecordingSmtpServer, connections: int = 1) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    kit.app.extensions[QUIET] = {}
    run_due(kit.app, stop=threading.Event(), options=SenderOptions(connections=connections))


def test_a_ministry_that_refuses_everything_is_held_back_told_of_and_tried_again_by_hand(
    kit: Kit, smtp_server: RecordingSmtpServer, cast: Cast
) -> None:
    mailing_id = kit.mailing(recipients=150)
    ministry = _at_the_ministry(kit, 60)
    for email in ministry:
        smtp_server.on("rcpt", "554 5.7.1 We do not know you", recipient=email, delay=0.01)

    _work(kit, smtp_server)
    with kit.app.app_context():
        for tick in CONTRIBUTION.ticks:
            if tick.name == "delivery.holds":
                tick.run(kit.app)
                tick.run(kit.app)

    others = set(kit.recipients) - set(ministry)
    assert Counter(smtp_server.recipients()) == Counter(others)
    states = Counter(one.state for one in kit.deliveries(mailing_id))
    assert MOST_IN_A_ROW <= states[DeliveryState.REFUSED] < 60
    assert states[DeliveryState.DEFERRED] == 60 - states[DeliveryState.REFUSED]
    with kit.app.app_context():
        mailing = db.session.get_one(Mailing, mailing_id)
        assert mailing.state is MailingState.SENDING
        (held,) = holds_of(db.session(), mailing_id, now=now())
        assert (held.domain, held.said) == (MINISTRY, "554 5.7.1 We do not know you")
        told = db.session.scalars(select(OutboxLetter)).one()
        assert told.recipient == "dora@example.org"
        assert "5.7.1 We do not know you" in told.text
        assert db.session.scalars(select(Suppression)).all() == []
        rows = by_domain(db.session(), mailing_id)
        seen = progress(db.session(), mailing_id, now=now())
        assert seen is not None
        left = remaining(db.session(), mailing_id, seen, now=now())
    assert seen.later == states[DeliveryState.DEFERRED]
    assert seen.tries_from == seen.tries_until == held.until
    assert left is None, "nothing may leave before"
    assert [(one.domain, one.letters, one.sent) for one in rows] == [
        ("mail.example.org", 90, 90),
        (MINISTRY, 60, 0),
    ]
    assert rows[1].waiting + rows[1].refused == 60
    for page in ("progress", "domains"):
        assert MINISTRY in cast.dora.get(f"/staff/mailings/{mailing_id}/{page}").text

    smtp_server.behave()
    assert post(cast.dora, f"/staff/mailings/{mailing_id}/held/{MINISTRY}").status_code == 302
    _work(kit, smtp_server)

    assert len(smtp_server.received) == 150 - states[DeliveryState.REFUSED]
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.SENT


def test_a_gateway_that_refuses_at_full_speed_gets_no_more_letters_than_it_takes_to_see_it(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=400)
    for email in _at_the_ministry(kit, 300):
        smtp_server.on("rcpt", "554 5.7.1 We do not know you", recipient=email)

    _work(kit, smtp_server, connections=4)

    states = Counter(one.state for one in kit.deliveries(mailing_id))
    assert MOST_IN_A_ROW <= states[DeliveryState.REFUSED] <= MOST_IN_A_ROW + 3, states
    assert states[DeliveryState.ACCEPTED] == 100
    assert states[DeliveryState.DEFERRED] == 300 - states[DeliveryState.REFUSED]


def test_a_relay_that_wants_none_of_our_letters_is_left_alone_after_a_few(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=1_000)
    smtp_server.on("rcpt", "554 5.7.1 Your address is on a block list")

    _work(kit, smtp_server, connections=4)

    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.PAUSED
    states = Counter(one.state for one in kit.deliveries(mailing_id))
    assert states[DeliveryState.REFUSED] <= MOST_BLOCKED + MOST_IN_A_ROW + 4, states


def test_a_domain_held_again_soon_is_held_longer_and_by_hand_begins_anew(kit: Kit) -> None:
    mailing_id = kit.mailing(recipients=1)
    with kit.app.app_context(), transaction() as session:
        moment, lasted = now(), []
        for _ in range(5):
            until = hold(session, MINISTRY, mailing_id=mailing_id, said="no", actor="x", now=moment)
            assert until == hold(
                session, MINISTRY, mailing_id=mailing_id, said="no", actor="x", now=moment
            ), "another worker's hold stays"
            lasted.append((until - moment) / timedelta(hours=1))
            moment = until + timedelta(minutes=1)
        try_again(session, MINISTRY, now=moment)

        assert lasted == [*HOURS, HOURS[-1]]
        assert session.get_one(DomainHold, MINISTRY).times == 0


@pytest.mark.parametrize(
    ("others", "refused", "verdict", "on_probation", "is_held", "said"),
    [
        (5, 10, BounceClass.BLOCKED, False, True, "no"),
        (5, 9, BounceClass.BLOCKED, False, False, "no"),
        (5, 3, BounceClass.BLOCKED, True, True, "no"),
        # A gateway that says no without saying why.
        (5, 10, BounceClass.SOFT, False, True, "no"),
        # That mailboxes are full says nothing of the gateway either.
        (5, 30, BounceClass.SOFT, False, False, "5.2.2 Mailbox full"),
        # Nobody else has taken a letter: it may be us.
        (0, 30, BounceClass.BLOCKED, False, False, "no"),
        # Addresses that are gone say nothing of the gateway.
        (5, 30, BounceClass.HARD, False, False, "no"),
    ],
)
def test_a_domain_is_held_when_it_alone_refuses_letter_after_letter(
    others: int, refused: int, verdict: BounceClass, *, on_probation: bool, is_held: bool, said: str
) -> None:
    breaker = Breaker()
    results = [Result(number, DeliveryState.ACCEPTED, 250) for number in range(others)]
    results += [
        Result(1_000 + number, DeliveryState.REFUSED, 554, said, bounce_class=verdict)
        for number in range(refused)
    ]

    trouble = breaker.trips_on(
        results,
        lambda number: f"a@{'other.example' if number < 1_000 else MINISTRY}",
        on_probation={MINISTRY} if on_probation else (),
    )

    assert trouble is None
    assert bool(breaker.to_hold) is is_held
