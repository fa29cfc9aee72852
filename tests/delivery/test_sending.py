"""What becomes of letters when servers refuse, hang up or go away, and when people leave."""

import threading
from collections.abc import Collection
from datetime import datetime, timedelta

import pytest
from sqlalchemy import String, cast, func, select, update
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery import sender
from outreach.delivery.holdings import Holdings
from outreach.delivery.judging import Result, Retries
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, MailingKey, TokenGroup
from outreach.delivery.queries import letter_owner, progress
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.letter import Letter
from outreach.mail.replies import Outcome
from outreach.mail.transport import SmtpConnection
from outreach.mailings import blocks, schedule
from outreach.mailings.confirming import Present
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.models import Stakeholder, WithheldReason
from tests.delivery.kit import CONTENT, Kit
from tests.mail.smtp_server import KEEP_AND_HANG_UP, RecordingSmtpServer

FAST = SenderOptions(connections=2, retries=Retries(scale=0.0001))


def _work(kit: Kit, server: RecordingSmtpServer, rounds: int = 1) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    for _ in range(rounds):
        run_due(kit.app, stop=threading.Event(), options=FAST)


def _counts(kit: Kit) -> dict[DeliveryState, int]:
    with kit.app.app_context():
        return dict(
            db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
        )


def _state(kit: Kit, mailing_id: int) -> MailingState:
    with kit.app.app_context():
        return db.session.get_one(Mailing, mailing_id).state


def test_everybody_gets_one_letter_and_the_mailing_is_sent(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=30)

    _work(kit, smtp_server)

    assert sorted(smtp_server.recipients()) == sorted(kit.recipients)
    assert _counts(kit) == {DeliveryState.ACCEPTED: 30}
    assert _state(kit, mailing_id) is MailingState.SENT
    with kit.app.app_context():
        assert db.session.scalars(select(MailingKey)).all() == []
        assert db.session.get_one(Dispatch, mailing_id).settled_at is not None


def test_the_first_letter_is_written_down_while_the_second_is_on_its_way(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody pressed "Send now" and looks; later results wait for each other."""
    kit.mailing(recipients=2)
    offered, written, was_written = list[Letter](), threading.Event(), list[bool]()
    deliver, settle = SmtpConnection.deliver, Holdings.settle

    def deliver_later(
        self: SmtpConnection, letter: Letter, following: Letter | None = None
    ) -> Outcome:
        if offered:
            was_written.append(written.wait(30))
        offered.append(letter)
        return deliver(self, letter, following)

    def settle_and_tell(self: Holdings, results: Collection[Result]) -> None:
        settle(self, results)
        monkeypatch.setattr(sender, "WRITE_SECONDS", 0)
        written.set()

    monkeypatch.setattr(sender, "WRITE_SECONDS", 3600)
    monkeypatch.setattr(SmtpConnection, "deliver", deliver_later)
    monkeypatch.setattr(Holdings, "settle", settle_and_tell)

    _work(kit, smtp_server)

    assert was_written == [True]
    assert _counts(kit) == {DeliveryState.ACCEPTED: 2}


def test_the_moment_a_letter_was_taken_is_written_like_every_other_one(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=2)

    _work(kit, smtp_server)

    with kit.app.app_context():
        taken = db.session.scalars(select(cast(Delivery.settled_at, String))).all()
        begun = db.session.scalars(select(cast(Dispatch.fanned_out_at, String))).one()
    assert {"+" in one for one in taken} == {"+" in begun}


def test_every_letter_carries_the_headers_the_law_and_the_providers_ask_for(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=8)

    _work(kit, smtp_server)

    for letter in smtp_server.received:
        message = letter.message
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Unsubscribe"].startswith("<http://localhost/u/")
        assert len(message["List-Unsubscribe"]) <= 76
        assert b"=?" not in letter.data.split(b"List-Unsubscribe:")[1].split(b"\r\n")[0]
        for name in ("List-Id", "List-Help", "List-Owner", "Feedback-ID", "Date", "Message-ID"):
            assert message[name]
        assert message["Message-ID"].endswith("@smarturbi.example.org>")
        assert message["Precedence"] == "bulk"
        assert message["Auto-Submitted"] == "auto-generated"
        assert [part.get_content_type() for part in message.iter_parts()] == [
            "text/plain", "text/html",
        ]  # fmt: skip
    assert len({letter.header("Message-ID") for letter in smtp_server.received}) == 8


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_settled(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=6)
    greylisted, unknown = kit.recipients[0], kit.recipients[1]
    smtp_server.on("rcpt", "450 4.7.1 Greylisted", recipient=greylisted, times=1)
    smtp_server.on("rcpt", "550 5.1.1 No such user", recipient=unknown)

    _work(kit, smtp_server, rounds=4)

    assert smtp_server.recipients().count(greylisted) == 1
    assert unknown not in smtp_server.recipients()
    assert _counts(kit) == {DeliveryState.ACCEPTED: 5, DeliveryState.REFUSED: 1}
    assert _state(kit, mailing_id) is MailingState.SENT


def test_a_lost_answer_gives_two_copies_at_most_and_is_shown(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=3)
    unlucky = kit.recipients[1]
    smtp_server.on("dot", KEEP_AND_HANG_UP, recipient=unlucky)

    _work(kit, smtp_server, rounds=6)

    copies = [letter for letter in smtp_server.received if letter.recipient == unlucky]
    assert len(copies) == 2
    assert len({letter.header("Message-ID") for letter in copies}) == 1
    assert kit.doubted() == {unlucky}
    assert _counts(kit) == {DeliveryState.ACCEPTED: 2, DeliveryState.IN_DOUBT: 1}


def test_nobody_is_mailed_after_leaving_also_while_the_mailing_is_on_its_way(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=5)
    leaver = kit.deliveries_made(mailing_id)[4]
    token = state(kit.app).signer.delivery_tokens(mailing_id, 5).unsubscribe
    form = {"List-Unsubscribe": "One-Click"}
    assert kit.app.test_client().post(f"/u/{token}", data=form).status_code == 200

    _work(kit, smtp_server)

    assert len(smtp_server.received) == 4
    with kit.app.app_context():
        delivery = db.session.scalars(
            select(Delivery).where(Delivery.stakeholder_id == leaver)
        ).one()
        assert delivery.state is DeliveryState.WITHHELD
        assert delivery.reason is WithheldReason.STOPPED


def test_a_paused_mailing_sends_nothing_and_a_cancelled_one_ends(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=5)
    kit.deliveries_made(mailing_id)
    with kit.app.app_context(), transaction() as session:
        schedule.pause(
            session, session.get_one(Mailing, mailing_id), reason="x", actor="Ada", now=now()
        )
    _work(kit, smtp_server)
    assert smtp_server.received == []

    with kit.app.app_context(), transaction() as session:
        schedule.cancel(session, session.get_one(Mailing, mailing_id), actor="Ada", now=now())
    _work(kit, smtp_server)

    assert smtp_server.received == []
    assert _counts(kit) == {DeliveryState.CANCELLED: 5}


def test_a_server_that_is_away_loses_nobody(kit: Kit, smtp_server: RecordingSmtpServer) -> None:
    mailing_id = kit.mailing(recipients=4)
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": 1})

    run_due(kit.app, stop=threading.Event(), options=FAST)

    assert _state(kit, mailing_id) is MailingState.SENDING
    assert _counts(kit) == {DeliveryState.QUEUED: 4}
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state_reason


def test_a_promise_missed_by_more_than_a_day_waits_for_a_person(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=2, due_at=now() - timedelta(hours=25))

    _work(kit, smtp_server)

    assert smtp_server.received == []
    assert _state(kit, mailing_id) is MailingState.PAUSED


def test_while_an_audience_is_looked_at_others_write_and_what_they_move_is_looked_at_anew(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = kit.mailing(recipients=3)
    why_to_ask, asked = schedule.why_to_ask, []

    def why_while_somebody_resumes_it(
        session: Session, mailing: Mailing, present: Present, *, now: datetime
    ) -> str:
        asked.append(mailing.state)
        if len(asked) == 1:
            with (
                kit.app.app_context(),
                transaction(db.engine) as writing,
            ):  # waits for nobody: nothing is locked yet
                writing.execute(update(Mailing).values(updated_at=now))
            return "Its audience has changed."
        return why_to_ask(session, mailing, present, now=now)

    monkeypatch.setattr(schedule, "why_to_ask", why_while_somebody_resumes_it)

    _work(kit, smtp_server)
    after_one_look = _state(kit, mailing_id)
    _work(kit, smtp_server)

    assert asked == [MailingState.SCHEDULED] * 2
    assert after_one_look is MailingState.SCHEDULED
    assert _state(kit, mailing_id) is MailingState.SENT
    assert _counts(kit) == {DeliveryState.ACCEPTED: 3}


def test_progress_tells_real_numbers_and_letters_their_owner(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=7)
    _work(kit, smtp_server)

    with kit.app.app_context():
        found = progress(db.session(), mailing_id, now=now())
        owner = letter_owner(db.session(), mailing_id, 1)
        assert letter_owner(db.session(), mailing_id, 999) is None

    assert found is not None
    assert (found.recipients, found.accepted, found.waiting, found.per_minute) == (7, 7, 0, 7)
    assert owner is not None
    assert owner.list_id == kit.list_id


@pytest.mark.parametrize("broken", ["nobody", "a@b\r\nc", "x@-.example.org"])
def test_a_broken_address_is_refused_by_itself(
    kit: Kit, smtp_server: RecordingSmtpServer, broken: str
) -> None:
    kit.mailing(recipients=3)
    with kit.app.app_context(), transaction() as session:
        session.execute(
            update(Stakeholder).where(Stakeholder.email == kit.recipients[0]).values(email=broken)
        )

    _work(kit, smtp_server)

    assert len(smtp_server.received) == 2
    assert _counts(kit) == {DeliveryState.ACCEPTED: 2, DeliveryState.REFUSED: 1}


def test_everybody_gets_the_variant_that_was_frozen_for_them(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.people(6, role="politician")
    kit.people(6, role="ngo")
    content = blocks.say_otherwise(CONTENT, "b1", "politician")
    content = blocks.replace(content, "b4", {"kind": "headline", "text": "For you who decide"})
    mailing_id = kit.mailing(content=content)

    _work(kit, smtp_server)

    said = {
        letter.recipient: "For you who decide" in letter.message.as_string()
        for letter in smtp_server.received
    }
    assert [said[email] for email in kit.recipients] == [True] * 6 + [False] * 6
    keys = [delivery.variant for delivery in kit.deliveries(mailing_id)]
    assert keys == ["politician.en"] * 6 + ["*.en"] * 6
    with kit.app.app_context():
        groups = db.session.scalars(select(TokenGroup.variant).order_by(TokenGroup.no)).all()
        assert sorted(group or "" for group in groups) == ["*.en", "politician.en"]
