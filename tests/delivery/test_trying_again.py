"""What may be over by itself is tried again by itself; what needs a person waits for one."""

import errno
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from outreach.cli.standing import lines
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict
from outreach.core.state import state
from outreach.dashboards.status import mailing_status
from outreach.delivery.breaker import BLOCKED, MOST_PUT_OFF, PUT_OFF, REFUSED, Breaker
from outreach.delivery.heeding import QUIET, TRY_AGAIN
from outreach.delivery.judging import Result, Retries
from outreach.delivery.logbook import Logbook
from outreach.delivery.models import DeliveryState
from outreach.delivery.sender import PROBE_LETTERS, SenderOptions
from outreach.delivery.worker import run_due
from outreach.mail.models import OutboxLetter
from outreach.mail.replies import BounceClass
from outreach.mailings import schedule
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.trail_models import MailingLog
from tests.cast import Cast
from tests.delivery.kit import Kit
from tests.mail.smtp_server import HANG_UP, RecordingSmtpServer
from tests.web_client import post

FAST = SenderOptions(connections=2, retries=Retries(scale=0.0001))
UNWANTED = "554 5.7.1 Your address is on a block list"


@pytest.fixture(autouse=True)
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.delivery.outlets.PROBE_PER_SECOND", 20.0)


def _work(kit: Kit, server: RecordingSmtpServer) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    kit.app.extensions[QUIET] = {}  # as if the pause were over
    run_due(kit.app, stop=threading.Event(), options=FAST)


def _mailing(kit: Kit, mailing_id: int) -> Mailing:
    with kit.app.app_context():
        return db.session.get_one(Mailing, mailing_id)


def _as_if_time_had_passed(kit: Kit, mailing_id: int) -> None:
    with kit.app.app_context(), transaction() as session:
        mine = update(Mailing).where(Mailing.id == mailing_id)
        session.execute(mine.values(next_try_at=now() - timedelta(seconds=1)))


def _told(kit: Kit) -> list[str]:
    with kit.app.app_context():
        return list(db.session.scalars(select(OutboxLetter.text).order_by(OutboxLetter.id)))


def test_a_block_is_tried_again_with_a_few_letters_and_ever_later_until_a_person_is_asked(
    kit: Kit, smtp_server: RecordingSmtpServer, cast: Cast
) -> None:
    assert cast.ada
    mailing_id = kit.mailing(recipients=200)
    smtp_server.on("rcpt", UNWANTED)
    _work(kit, smtp_server)
    first = _refused(kit, mailing_id)

    waited, lost = [], []
    for _ in TRY_AGAIN:
        mailing = _mailing(kit, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert mailing.next_try_at is not None
        waited.append(mailing.next_try_at - mailing.updated_at)
        _as_if_time_had_passed(kit, mailing_id)
        before = _refused(kit, mailing_id)
        _work(kit, smtp_server)
        lost.append(_refused(kit, mailing_id) - before)

    mailing = _mailing(kit, mailing_id)
    assert waited == list(TRY_AGAIN)
    assert first > 30
    assert all(3 <= one <= 8 for one in lost), lost
    assert (mailing.state, mailing.next_try_at) == (MailingState.PAUSED, None)
    told = _told(kit)
    assert len(told) == 2, "when it began, and when nothing more is tried by itself"
    assert "tried again by itself on" in told[0]
    assert "until somebody resumes it" in told[1]


def _refused(kit: Kit, mailing_id: int) -> int:
    states = Counter(one.state for one in kit.deliveries(mailing_id))
    return states[DeliveryState.REFUSED]


def test_once_a_few_letters_pass_the_rest_follows_and_it_counts_anew(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=150)
    smtp_server.on("rcpt", UNWANTED)
    _work(kit, smtp_server)
    refused = _refused(kit, mailing_id)
    smtp_server.behave()

    _work(kit, smtp_server)
    assert smtp_server.received == [], "not before its time"
    _as_if_time_had_passed(kit, mailing_id)
    _work(kit, smtp_server)
    few = len(smtp_server.received)
    probed = _mailing(kit, mailing_id)
    _work(kit, smtp_server)

    assert PROBE_LETTERS <= few < 20
    assert (probed.state, probed.probes, probed.state_reason) == (MailingState.SENDING, 0, "")
    assert len(smtp_server.received) == 150 - refused
    assert len(set(smtp_server.recipients())) == 150 - refused
    assert _mailing(kit, mailing_id).state is MailingState.SENT
    with kit.app.app_context():
        acts = db.session.scalars(select(MailingLog.detail).where(MailingLog.verb == "resumed"))
        assert list(acts) == ["by itself, with a few letters first"]


def test_a_disk_with_room_again_goes_on_by_itself_and_loses_nobody(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = kit.mailing(recipients=30)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Logbook, "reserve", full)
        _work(kit, smtp_server)
        _as_if_time_had_passed(kit, mailing_id)
        _work(kit, smtp_server)
    paused = _mailing(kit, mailing_id)
    _as_if_time_had_passed(kit, mailing_id)
    _work(kit, smtp_server)
    _work(kit, smtp_server)

    assert (paused.state, paused.probes) == (MailingState.PAUSED, 1)
    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)
    assert _mailing(kit, mailing_id).state is MailingState.SENT


def test_the_page_the_command_and_a_person_s_hand_know_when_it_goes_on(
    kit: Kit, smtp_server: RecordingSmtpServer, cast: Cast
) -> None:
    mailing_id = kit.mailing(recipients=60)
    smtp_server.on("rcpt", UNWANTED)
    _work(kit, smtp_server)
    page = cast.dora.get(f"/staff/mailings/{mailing_id}").text
    progress = cast.dora.get(f"/staff/mailings/{mailing_id}/progress").text
    with kit.app.app_context():
        said = mailing_status(db.session(), db.session.get_one(Mailing, mailing_id), now=now())

    kept = post(cast.dora, f"/staff/mailings/{mailing_id}/pause")
    again = post(cast.dora, f"/staff/mailings/{mailing_id}/pause")
    _work(kit, smtp_server)

    assert "Keep it paused" in page
    assert "tried again by itself on" in progress
    assert any(line.startswith("next try    by itself on") for line in lines(said))
    assert (kept.status_code, again.status_code) == (302, 409)
    mailing = _mailing(kit, mailing_id)
    assert (mailing.state, mailing.next_try_at) == (MailingState.PAUSED, None)
    assert "refused as unwanted" in mailing.state_reason
    shown = cast.dora.get(f"/staff/mailings/{mailing_id}/progress").text
    assert "It waits until somebody resumes it." in shown


def test_what_a_person_paused_or_has_to_mend_never_goes_on_by_itself(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=10)
    kit.deliveries_made(mailing_id)
    with kit.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        schedule.pause(session, mailing, reason="x", actor="Ada", now=now())
        assert not schedule.try_again(session, mailing, actor="x", now=now() + timedelta(days=9))
        with pytest.raises(Conflict):
            schedule.pause(session, mailing, reason="x", actor="Ada", now=now())

    _work(kit, smtp_server)

    assert smtp_server.received == []
    assert _mailing(kit, mailing_id).state is MailingState.PAUSED


def test_while_a_server_is_away_the_page_says_when_the_next_try_is(
    kit: Kit, smtp_server: RecordingSmtpServer, cast: Cast
) -> None:
    mailing_id = kit.mailing(recipients=3)
    smtp_server.on("connect", HANG_UP)

    _work(kit, smtp_server)

    mailing = _mailing(kit, mailing_id)
    assert mailing.state is MailingState.SENDING
    assert mailing.next_try_at is not None
    shown = cast.dora.get(f"/staff/mailings/{mailing_id}/progress").text
    assert "The next try is made by itself on" in shown

    smtp_server.behave()
    _work(kit, smtp_server)

    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)
    assert _mailing(kit, mailing_id).next_try_at is None


def test_a_server_that_is_back_is_no_longer_said_to_be_away_while_letters_leave(
    kit: Kit, smtp_server: RecordingSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = kit.mailing(recipients=3)
    smtp_server.on("connect", HANG_UP)
    _work(kit, smtp_server)
    away = _mailing(kit, mailing_id)
    found: list[tuple[str, object]] = []

    def look(_mailing_id: int, *_: object, **__: object) -> None:
        found.append(db.session.execute(select(Mailing.state_reason, Mailing.next_try_at)).one())

    monkeypatch.setattr("outreach.delivery.worker.heed", look)  # what follows the last letter
    smtp_server.behave()
    _work(kit, smtp_server)

    assert away.state_reason
    assert away.next_try_at is not None
    assert found == [("", None)]


def test_a_server_that_puts_all_off_as_unwanted_is_not_offered_the_whole_list(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    mailing_id = kit.mailing(recipients=300)
    smtp_server.on("rcpt", "451 4.7.1 Blocked for now, bad reputation", delay=0.01)

    _work(kit, smtp_server)

    offered = sum(one.attempts for one in kit.deliveries(mailing_id))
    mailing = _mailing(kit, mailing_id)
    assert MOST_PUT_OFF <= offered < 200, offered
    assert (mailing.state, mailing.state_reason) == (MailingState.SENDING, PUT_OFF.message)
    smtp_server.behave()
    _work(kit, smtp_server)
    _work(kit, smtp_server)
    assert Counter(smtp_server.recipients()) == Counter(kit.recipients)


@pytest.mark.parametrize(
    ("accepted", "refused", "verdict", "trouble"),
    [
        (0, 2, BounceClass.BLOCKED, None),
        (0, 3, BounceClass.BLOCKED, BLOCKED),
        (1, 3, BounceClass.SOFT, REFUSED),
        (3, 3, BounceClass.BLOCKED, None),
    ],
)
def test_a_probe_shows_soon_that_it_is_no_better(
    accepted: int, refused: int, verdict: BounceClass, trouble: object
) -> None:
    results = [Result(number, DeliveryState.ACCEPTED, 250) for number in range(accepted)]
    results += [
        Result(100 + number, DeliveryState.REFUSED, 554, bounce_class=verdict)
        for number in range(refused)
    ]

    assert Breaker(is_probe=True).trips_on(results, lambda number: f"a@{number}.x") is trouble


@pytest.mark.parametrize(
    ("said", "is_trouble"),
    [
        ("4.7.1 Blocked, bad reputation", True),
        ("4.7.28 Unusual rate of mail", True),
        ("4.2.0 Recipient address rejected: Greylisted by policy", False),
        ("4.3.0 Later", False),
    ],
)
def test_letters_put_off_for_their_own_sake_stop_nobody(said: str, *, is_trouble: bool) -> None:
    results = [Result(number, DeliveryState.DEFERRED, 451, said) for number in range(MOST_PUT_OFF)]

    trouble = Breaker().trips_on(results, lambda number: f"a@{number}.x")

    assert trouble is (PUT_OFF if is_trouble else None)
