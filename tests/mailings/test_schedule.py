"""The moves between a mailing's states, and who may not make which."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.db import db, transaction
from outreach.core.errors import Conflict
from outreach.mailings import schedule as acts
from outreach.mailings.audience import audience_of, count
from outreach.mailings.confirming import Present
from outreach.mailings.headcount import headcount_to_go_on, marks_of, take_headcount
from outreach.mailings.models import ConfirmedAudience, Mailing, MailingLink, MailingState
from outreach.mailings.schedule import Moment, NotReady, NotSchedulable
from outreach.mailings.trail_models import MailingLog
from outreach.stakeholders.models import Stakeholder
from tests.mailings.factories import OUTLET, MailingFactory
from tests.statements import counted_statements

TOMORROW = Moment("2026-03-03 09:00", "Europe/Brussels")
Act = Callable[..., object]


def _schedule(
    mailing_id: int, now: datetime, when: Moment | None = TOMORROW, zone: str = "UTC"
) -> None:
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        acts.schedule(session, mailing, when, zone=zone, actor="Ada", now=now, **OUTLET)


def _do(act: Act, mailing_id: int, now: datetime, **values: str) -> None:
    with transaction() as session:
        act(session, session.get_one(Mailing, mailing_id), actor="Ada", now=now, **values)


def _begin(mailing_id: int, now: datetime) -> None:
    """Do what the sender does when a mailing's moment has come."""
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        mailing.move_to(MailingState.SENDING, now=now)
        mailing.started_at = now


def _log(session: Session) -> list[tuple[str, str, str]]:
    lines = session.scalars(select(MailingLog).order_by(MailingLog.id))
    return [(line.actor, line.verb, line.detail) for line in lines]


def test_scheduling_keeps_the_moment_as_it_was_chosen(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    _schedule(mailing_id, now)

    mailing = session.get_one(Mailing, mailing_id)
    assert mailing.state is MailingState.SCHEDULED
    assert mailing.due_at == datetime.fromisoformat("2026-03-03T08:00:00+00:00")
    assert (mailing.due_local, mailing.due_zone) == ("2026-03-03 09:00", "Europe/Brussels")
    assert mailing.revision is not None
    assert _log(session) == [("Ada", "scheduled", "for 3 Mar 2026, 09:00 (Europe/Brussels)")]


def test_now_means_the_moment_of_the_asking(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    _schedule(mailing_id, now, None)

    assert session.get_one(Mailing, mailing_id).due_at == now
    assert _log(session) == [("Ada", "scheduled", "to go out at once")]


def test_now_is_kept_by_the_clock_of_whoever_sends_it(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    _schedule(mailing_id, now, None, zone="Europe/Brussels")

    mailing = session.get_one(Mailing, mailing_id)
    assert (mailing.due_local, mailing.due_zone) == ("2026-03-02 13:00", "Europe/Brussels")


def test_where_no_letter_can_leave_scheduling_is_refused_with_the_remedy(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    with (
        transaction() as writing,
        pytest.raises(NotReady, match=r"OUTREACH_MAIL_SERVER.*OUTREACH_CATCHER"),
    ):
        acts.schedule(
            writing,
            writing.get_one(Mailing, mailing_id),
            TOMORROW,
            actor="Ada",
            now=now,
            **{**OUTLET, "can_send": False},
        )

    assert session.get_one(Mailing, mailing_id).state is MailingState.DRAFT


def test_a_past_moment_leaves_the_draft_as_it_was(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()

    with pytest.raises(NotSchedulable, match="still to come"):
        _schedule(mailing_id, now, Moment("2026-03-02 13:00", "Europe/Brussels"))

    mailing = session.get_one(Mailing, mailing_id)
    assert (mailing.state, mailing.due_at, mailing.revision_id) == (MailingState.DRAFT, None, None)


def test_scheduling_twice_is_refused(room: MailingFactory, context: None, now: datetime) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now)

    with (
        pytest.raises(Conflict, match="is scheduled; it cannot be scheduled"),
    ):
        _schedule(mailing_id, now)


def test_unscheduling_makes_a_draft_again(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now)

    _do(acts.unschedule, mailing_id, now)

    mailing = session.get_one(Mailing, mailing_id)
    assert (mailing.state, mailing.due_at, mailing.revision_id) == (MailingState.DRAFT, None, None)
    assert session.scalars(select(MailingLink)).all() == []


def test_a_paused_schedule_keeps_its_moment_and_resumes_to_waiting(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now)

    _do(acts.pause, mailing_id, now, reason="Wait for the minister")

    paused = session.get_one(Mailing, mailing_id)
    assert (paused.state, paused.state_reason) == (MailingState.PAUSED, "Wait for the minister")
    assert paused.due_at is not None

    _do(acts.resume, mailing_id, now)

    resumed = session.get_one(Mailing, mailing_id)
    assert (resumed.state, resumed.state_reason) == (MailingState.SCHEDULED, "")


def test_a_mailing_paused_while_sending_resumes_to_sending(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now, None)
    _begin(mailing_id, now)
    _do(acts.pause, mailing_id, now, reason="")

    _do(acts.resume, mailing_id, now)

    assert session.get_one(Mailing, mailing_id).state is MailingState.SENDING


def test_once_letters_were_made_it_cannot_become_a_draft(
    room: MailingFactory, context: None, now: datetime
) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now, None)
    _begin(mailing_id, now)
    _do(acts.pause, mailing_id, now, reason="")

    with pytest.raises(Conflict, match="cannot become a draft"):
        _do(acts.unschedule, mailing_id, now)


def test_a_paused_schedule_can_become_a_draft(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now)
    _do(acts.pause, mailing_id, now, reason="")

    _do(acts.unschedule, mailing_id, now)

    assert session.get_one(Mailing, mailing_id).state is MailingState.DRAFT


def test_cancelling_is_for_good(room: MailingFactory, session: Session, now: datetime) -> None:
    mailing_id = room.mailing()
    _schedule(mailing_id, now)
    later = now + timedelta(minutes=1)

    _do(acts.cancel, mailing_id, later)

    mailing = session.get_one(Mailing, mailing_id)
    assert (mailing.state, mailing.due_at) == (MailingState.CANCELLED, None)
    assert mailing.finished_at == later
    for act in (acts.resume, acts.unschedule, acts.cancel):
        with pytest.raises(Conflict):
            _do(act, mailing_id, later)


@pytest.mark.parametrize("act", [acts.pause, acts.resume, acts.cancel, acts.unschedule])
def test_a_draft_refuses_what_needs_a_promise(
    room: MailingFactory, session: Session, now: datetime, act: Act
) -> None:
    mailing_id = room.mailing()
    values = {"reason": "x"} if act is acts.pause else {}

    with pytest.raises(Conflict):
        _do(act, mailing_id, now, **values)

    assert session.get_one(Mailing, mailing_id).state is MailingState.DRAFT
    assert _log(session) == []


def _promised(room: MailingFactory, now: datetime, *, readers: int = 20) -> int:
    mailing_id = room.mailing(readers=readers)
    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        acts.schedule(session, mailing, TOMORROW, **OUTLET, actor="Ada", now=now)
    return mailing_id


def _why(mailing_id: int, now: datetime) -> str:
    session = db.session()
    session.rollback()  # what it read before is not what stands there now
    mailing = session.get_one(Mailing, mailing_id)
    counted = count(session, audience_of(mailing), mailing.list_id, now)
    by_role = {line.role_id: line.recipients for line in counted.by_role}
    present = Present(by_role, lambda every: marks_of(session, mailing, every, now))
    return acts.why_to_ask(session, mailing, present, now=now)


def test_an_audience_that_changed_much_since_the_promise_asks_a_person(
    room: MailingFactory, context: None, now: datetime
) -> None:
    mailing_id = _promised(room, now)
    list_id = db.session().get_one(Mailing, mailing_id).list_id
    due = now + timedelta(days=1)

    as_promised = _why(mailing_id, due)
    for _ in range(2):
        room.person("ngo", list_id=list_id)
    a_little_more = _why(mailing_id, due)
    room.person("ngo", list_id=list_id)

    assert as_promised == a_little_more == ""
    assert "20 people would have got it; now it is 23" in _why(mailing_id, due)
    with transaction() as session:  # as many as confirmed, three of them others
        mailing = session.get_one(Mailing, mailing_id)
        mailing.confirmed_recipients = 23
        mailing.confirmed_roles = {str(room.roles["ngo"]): 20, str(room.roles["funder"]): 3}
    assert "now it is 23; 3 of them are new in their role, 3 are gone" in _why(mailing_id, due)


@pytest.mark.parametrize("kept", [8192, 8])
def test_as_many_others_in_the_same_role_ask_a_person_too_also_of_a_part(
    room: MailingFactory,
    context: None,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    kept: int,
) -> None:
    monkeypatch.setattr("outreach.mailings.headcount.KEPT", kept)
    mailing_id = _promised(room, now, readers=40)
    due = now + timedelta(days=1)

    as_promised = _why(mailing_id, due)
    list_id = db.session().get_one(Mailing, mailing_id).list_id
    for _ in range(20):
        room.person("ngo", list_id=list_id)
    with transaction() as session:
        readers = list(session.scalars(select(Stakeholder.id).order_by(Stakeholder.id)))
        for reader in readers[:20]:
            session.get_one(Stakeholder, reader).erased_at = now
        kept_of = session.get_one(ConfirmedAudience, mailing_id)
        every, size = kept_of.every, len(kept_of.marks) // 4

    assert as_promised == ""
    assert (every, size == 40) == (40 // kept + 1, kept == 8192)
    assert "40 people would have got it; now it is 40; " in _why(mailing_id, due)
    with transaction() as session:
        acts.cancel(session, session.get_one(Mailing, mailing_id), actor="Ada", now=due)
        assert session.get(ConfirmedAudience, mailing_id) is None


def test_whoever_resumes_what_was_missed_has_looked_at_it(
    room: MailingFactory, context: None, now: datetime
) -> None:
    mailing_id = _promised(room, now)
    list_id = db.session().get_one(Mailing, mailing_id).list_id
    late = now + timedelta(days=9)
    for _ in range(9):
        room.person("ngo", list_id=list_id)
    asked = _why(mailing_id, late)

    with transaction() as session:
        mailing = session.get_one(Mailing, mailing_id)
        acts.pause(session, mailing, reason=asked, actor="the sender", now=late)
        acts.resume(session, mailing, actor="Ada", now=late)

    assert "when nothing was running" in asked
    assert _why(mailing_id, late) == ""


@pytest.mark.parametrize("is_local", [False, True])
def test_nobody_is_counted_inside_the_transaction_that_promises(
    room: MailingFactory, session: Session, now: datetime, is_local: bool
) -> None:
    mailing_id = room.mailing()
    mailing = session.get_one(Mailing, mailing_id)
    counted = take_headcount(session, mailing, is_local=is_local, now=now)

    with transaction() as writing, counted_statements() as promised:
        acts.schedule(
            writing,
            mailing,
            TOMORROW,
            is_local=is_local,
            actor="Ada",
            now=now,
            headcount=counted,
            **OUTLET,
        )
    _do(acts.pause, mailing_id, now, reason="Wait")
    again = take_headcount(session, mailing, now=now)
    with transaction() as writing, counted_statements() as resumed:
        acts.resume(writing, mailing, actor="Ada", now=now, headcount=again)

    assert promised
    assert resumed
    assert not [one for one in promised + resumed if "FROM stakeholder" in one]
    assert mailing.state is MailingState.SCHEDULED
    assert mailing.confirmed_recipients == again.audience.recipients > 0


def test_what_goes_on_with_letters_that_are_made_counts_nobody(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing = session.get_one(Mailing, room.mailing())
    waiting = headcount_to_go_on(session, mailing, now=now)
    mailing.started_at = now

    with session.no_autoflush, counted_statements() as asked:
        begun = headcount_to_go_on(session, mailing, now=now)

    assert waiting is not None
    assert waiting.audience.recipients > 0
    assert begun is None
    assert asked == []


def test_a_headcount_of_other_people_promises_nothing(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing()
    mailing = session.get_one(Mailing, mailing_id)
    counted = take_headcount(session, mailing, now=now)

    with transaction():
        mailing.audience = {**mailing.audience, "countries": ["BE"]}

    with (
        transaction() as writing,
        pytest.raises(Conflict, match="changed at this very moment"),
    ):
        acts.schedule(writing, mailing, TOMORROW, actor="Ada", now=now, headcount=counted, **OUTLET)
    assert session.get_one(Mailing, mailing_id).state is MailingState.DRAFT
