"""Sending again to those who did not get it, and what pages say of letters that did not pass."""

import re
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict
from outreach.core.state import state
from outreach.delivery.again import missed, send_again
from outreach.delivery.bounced import note_bounce
from outreach.delivery.figures import recount
from outreach.delivery.judging import Retries
from outreach.delivery.models import Delivery, DeliveryState
from outreach.delivery.replies import alike
from outreach.delivery.sender import SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.replies import BounceClass
from outreach.mailings import schedule
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.trail_models import MailingLog
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.mail.smtp_server import KEEP_AND_HANG_UP, RecordingSmtpServer
from tests.web_client import post

FAST = SenderOptions(connections=2, retries=Retries(scale=0.0001))


def _work(kit: Kit, server: RecordingSmtpServer, rounds: int = 1) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    for _ in range(rounds):
        run_due(kit.app, stop=threading.Event(), options=FAST)


@pytest.fixture
def sent_with_gaps(kit: Kit, smtp_server: RecordingSmtpServer) -> int:
    """A sent mailing: one address unknown, two refused for another reason, one in doubt."""
    mailing_id = kit.mailing(recipients=9)
    unknown, full, other, lost = kit.recipients[:4]
    smtp_server.on("rcpt", "550 5.1.1 No such user", recipient=unknown)
    smtp_server.on("rcpt", f"552 5.2.2 <{full}>: full, id 4Dx81Qz77", recipient=full)
    smtp_server.on("rcpt", f"552 5.2.2 <{other}>: full, id 8Kq02Lm55", recipient=other)
    smtp_server.on("dot", KEEP_AND_HANG_UP, recipient=lost)
    _work(kit, smtp_server, rounds=5)
    smtp_server.behave()
    return mailing_id


def test_those_who_did_not_get_it_get_it_in_one_act_but_no_dead_address(
    kit: Kit, smtp_server: RecordingSmtpServer, sent_with_gaps: int
) -> None:
    with kit.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, sent_with_gaps)
        assert mailing.state is MailingState.SENT
        found = missed(session, mailing.id)
        assert (found.refused, found.in_doubt) == (2, 1), "the dead address is given up"
        count = send_again(session, mailing, with_doubted=False, actor="Ada", now=now())

    _work(kit, smtp_server, rounds=2)

    copies = Counter(smtp_server.recipients())
    assert count == 2
    assert kit.recipients[0] not in copies
    assert [copies[email] for email in kit.recipients[1:]] == [1, 1, 2, 1, 1, 1, 1, 1]
    states = Counter(one.state for one in kit.deliveries(sent_with_gaps))
    assert states == {
        DeliveryState.ACCEPTED: 7,
        DeliveryState.REFUSED: 1,
        DeliveryState.IN_DOUBT: 1,
    }
    with kit.app.app_context():
        assert db.session.get_one(Mailing, sent_with_gaps).state is MailingState.SENT
        verbs = db.session.scalars(select(MailingLog.verb).order_by(MailingLog.id)).all()
        assert verbs == ["started", "finished", "resumed", "finished"]


def test_letters_that_came_back_later_go_out_again_and_are_counted_anew(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=4)
    _work(kit, smtp_server)
    with kit.app.app_context(), transaction() as session:
        for number, verdict in enumerate((BounceClass.SOFT, BounceClass.HARD), start=1):
            one = session.get_one(Delivery, (mailing_id, number))
            note_bounce(session, one, verdict, "5.0.0", now=now())

        mailing = session.get_one(Mailing, mailing_id)
        assert missed(session, mailing_id).came_back == 1
        assert send_again(session, mailing, with_doubted=False, actor="Ada", now=now()) == 1
        with pytest.raises(Conflict):
            send_again(session, mailing, with_doubted=False, actor="Ada", now=now())
    _work(kit, smtp_server)

    assert Counter(smtp_server.recipients()) == Counter([*kit.recipients, kit.recipients[0]])
    again, gone = kit.deliveries(mailing_id)[:2]
    assert (again.state, again.bounce_class, again.bounced_at) == (
        DeliveryState.ACCEPTED,
        None,
        None,
    )
    assert (gone.state, gone.bounce_class) == (DeliveryState.BOUNCED, "hard")
    with kit.app.app_context():
        assert recount(db.session.connection(), mailing_id) == []


def test_the_pages_group_replies_and_offer_to_send_again(
    sent_with_gaps: int, cast: Cast, kit: Kit
) -> None:
    progress = cast.ada.get(f"/staff/mailings/{sent_with_gaps}/progress").text
    assert "<main" in progress, "without script it is a page of its own"
    seen_sending = cast.ada.get(f"/staff/mailings/{sent_with_gaps}/progress?seen=sending").text
    seen_sent = cast.ada.get(f"/staff/mailings/{sent_with_gaps}/progress?seen=sent").text
    asked = cast.ada.get(f"/staff/mailings/{sent_with_gaps}/again")
    done = post(cast.ada, f"/staff/mailings/{sent_with_gaps}/again", data={"with_doubted": "yes"})
    doubted = cast.ada.get(f"/staff/mailings/{sent_with_gaps}/recipients?state=doubted").text

    assert "<main" not in seen_sent
    assert "552 5.2.2 …: full, id …" in progress
    assert "mail.example.org (2)" in progress
    assert "data-outdated" in seen_sending
    assert "data-outdated" not in seen_sent + progress
    assert "data-finished" in seen_sent
    assert "Send to those who did not get it" in progress
    assert asked.status_code == 200
    assert done.status_code == 302
    assert "Person" in doubted
    with kit.app.app_context():
        waiting = select(Delivery.number).where(Delivery.state == DeliveryState.QUEUED)
        numbers = db.session.scalars(waiting).all()
        assert len(numbers) == 3
    with kit.app.app_context(), transaction() as session:
        one = session.get_one(Delivery, (sent_with_gaps, numbers[0]))
        one.next_try_at = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    later = cast.ada.get(f"/staff/mailings/{sent_with_gaps}/recipients?state=queued").text
    assert later.count("again from 2 Mar 2026") == 1


def test_a_mailing_being_sent_is_paused_by_its_first_button(kit: Kit, cast: Cast) -> None:
    mailing_id = kit.mailing(recipients=3)
    kit.deliveries_made(mailing_id)

    page = cast.dora.get(f"/staff/mailings/{mailing_id}").text
    done = post(cast.dora, f"/staff/mailings/{mailing_id}/pause")

    _, _, actions = page.partition('<div class="row-actions">')
    first, _, _ = actions.partition("</form>")
    assert f'action="/staff/mailings/{mailing_id}/pause"' in first
    assert "<a " not in first, "nothing stands before it"
    assert done.status_code == 302
    with kit.app.app_context():
        assert db.session.get_one(Mailing, mailing_id).state is MailingState.PAUSED


def test_cancelling_says_first_how_many_have_left_and_how_many_stay_unsent(
    kit: Kit, cast: Cast, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=6)
    smtp_server.on("rcpt", "450 4.2.1 Later", recipient=kit.recipients[0])
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": smtp_server.port})

    before = _facts(cast, mailing_id)
    run_due(kit.app, stop=threading.Event(), options=SenderOptions(connections=1))
    under_way = _facts(cast, mailing_id)

    assert (before["Have left"], before["Stay unsent"]) == ("none", "6 letters")
    assert (under_way["Have left"], under_way["Stay unsent"]) == ("5 letters", "1 letter")
    assert "May have left" not in under_way


def test_cancelling_tells_letters_in_doubt_by_themselves(cast: Cast, sent_with_gaps: int) -> None:
    facts = _facts(cast, sent_with_gaps)

    assert (facts["May have left"], facts["Stay unsent"]) == ("1 letter", "0 letters")


def _facts(cast: Cast, mailing_id: int) -> dict[str, str]:
    page = cast.dora.get(f"/staff/mailings/{mailing_id}/cancel").text
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))


def test_replies_are_alike_when_only_ids_and_addresses_differ() -> None:
    assert alike(450, "4.2.1 <a@b.org>: later (10.2.3.4) 7f3a9c21") == "450 4.2.1 …: later (…) …"
    assert alike(None, "The connection was lost") == "The connection was lost"


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_pausing_and_cancelling_stop_the_letters_within_a_second(
    kit: Kit, smtp_server: RecordingSmtpServer, act: str
) -> None:
    mailing_id = kit.mailing(recipients=900)
    smtp_server.on("dot", delay=0.004)
    sending = threading.Thread(target=_work, args=(kit, smtp_server))
    sending.start()
    until = time.monotonic() + 20
    while len(smtp_server.received) < 20 and time.monotonic() < until:
        time.sleep(0.005)

    with kit.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        if act == "pause":
            schedule.pause(session, mailing, reason="x", actor="Ada", now=now())
        else:
            schedule.cancel(session, mailing, actor="Ada", now=now())
    begun = time.monotonic()
    sending.join(20)

    assert time.monotonic() - begun < 1.5
    assert 20 <= len(smtp_server.received) < 900
