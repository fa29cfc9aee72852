"""Digests: an issue when something is new, once, and never without somebody's will."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from outreach.core.contributions import FaqOffer
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mailings.audience import Audience
from outreach.mailings.blocks import load
from outreach.mailings.digest_models import Digest, Rhythm
from outreach.mailings.digests import (
    DigestWords,
    choose_digest,
    due_digests,
    issue,
    next_due,
)
from outreach.mailings.headcount import take_headcount
from outreach.mailings.letting_go import Outlet, issues_to_let_go, let_go
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.schedule import unschedule
from outreach.projects.models import List
from tests.factories import Factory
from tests.mailings.factories import BASE, SENDER, MailingFactory

OUTLET = Outlet(SENDER, BASE, can_send=True)
HOUR = timedelta(hours=1)


class _Faq:
    """Published questions of tests."""

    def __init__(self, *offers: FaqOffer) -> None:
        self.offers = offers

    def __call__(
        self, session: Session, project_ids: Iterable[int], *, language: str
    ) -> tuple[FaqOffer, ...]:
        assert language == "en"
        return self.offers


def _words(room: MailingFactory, **changes: object) -> DigestWords:
    chosen = {
        "is_on": True,
        "rhythm": Rhythm.WEEKLY,
        "day": 0,
        "local_time": "09:00",
        "zone": "Europe/Brussels",
        "is_automatic": False,
        "audience": Audience(role_ids=(room.roles["ngo"],)),
        **changes,
    }
    return DigestWords(**chosen)  # type: ignore[arg-type]  # as the form gives them


def test_the_next_issue_is_due_by_the_clock_of_its_zone_over_daylight_saving() -> None:
    weekly = Digest(rhythm=Rhythm.WEEKLY, day=6, local_time="02:30", zone="Europe/Brussels")
    monthly = Digest(rhythm=Rhythm.MONTHLY, day=28, local_time="09:00", zone="Europe/Brussels")
    march = datetime(2026, 3, 22, 1, 30, tzinfo=UTC)  # a Sunday, 02:30 there

    assert next_due(weekly, after=march) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00
    assert next_due(weekly, after=march - HOUR) == march
    assert next_due(monthly, after=march) == datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    assert next_due(monthly, after=march + 14 * 24 * HOUR) == datetime(2026, 4, 28, 7, tzinfo=UTC)


def test_an_issue_is_made_when_something_is_new_once_and_waits_for_approval(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    list_id = make.list_of(project_id)
    make.result(project_id, published_at=now - HOUR)  # before it was switched on
    with transaction() as writing:
        its_list = writing.get_one(List, list_id)
        with pytest.raises(Refusal, match="Nobody is chosen"):
            empty = _words(room, audience=Audience())
            choose_digest(writing, its_list, empty, actor="Ada", now=now)
        due = choose_digest(writing, its_list, _words(room), actor="Ada", now=now).due_at
    assert due == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert due_digests(session, now=due - HOUR) == []
    assert due_digests(session, now=due) == [list_id]
    session.rollback()

    with transaction() as writing:  # nothing is new: no issue, and the next week is due
        assert issue(writing, list_id, [_Faq()], now=due) is None
        assert writing.get_one(Digest, list_id).due_at == due + 7 * 24 * HOUR
    later = due + 7 * 24 * HOUR
    make.result(project_id, published_at=due + HOUR)
    new = FaqOffer("why", "Why?", "Because.", published_at=later - HOUR)
    old = FaqOffer("what", "What?", "That.", published_at=due - HOUR)
    with transaction() as writing:
        made = issue(writing, list_id, [_Faq(old, new)], now=later)
        assert made is not None
        mailing_id = made.id
    with transaction() as writing:
        assert issue(writing, list_id, [_Faq(old, new)], now=later) is None

    mailing = session.get_one(Mailing, mailing_id)
    content = load(mailing.content)
    assert mailing.state is MailingState.IN_REVIEW
    assert len(mailing.results) == 1
    kinds = [block.kind for block in content.blocks]
    assert kinds.index("faq") < kinds.index("acknowledgement") < kinds.index("ask_us")
    said = [block.model_dump() for block in content.blocks if block.kind == "faq"]
    assert [item["slug"] for item in said[0]["items"]] == ["why"]


def test_issues_leave_by_themselves_only_when_staff_chose_it_and_all_checks_pass(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    project_id = make.project()
    list_id = make.list_of(project_id)
    room.person("ngo", list_id=list_id)
    questions = [
        FaqOffer(f"q{n}", f"Question {n}?", "Yes.", published_at=now + n * HOUR)
        for n in range(1, 11)
    ]
    with transaction() as writing:
        words = _words(room, is_automatic=True)
        choose_digest(writing, writing.get_one(List, list_id), words, actor="Ada", now=now)

    def made(at: datetime, outlet: Outlet = OUTLET) -> Mailing:
        with transaction() as writing:
            found = issue(writing, list_id, [_Faq(*questions)], now=at)
            assert found is not None
            mailing_id = found.id
        waiting = issues_to_let_go(session)
        mailing = session.get_one(Mailing, mailing_id)
        counted = take_headcount(session, mailing, now=at)
        assert (mailing.state is MailingState.DRAFT) is (waiting == [mailing_id])
        with transaction() as writing:
            let_go(writing, mailing, outlet, counted, now=at)
        assert issues_to_let_go(session) == []
        return session.get_one(Mailing, mailing_id)

    due = datetime(2026, 3, 9, 8, tzinfo=UTC)
    first = made(due)
    assert (first.state, first.due_at) == (MailingState.SCHEDULED, due)
    assert (first.due_local, first.due_zone) == ("2026-03-09 09:00", "Europe/Brussels")
    second = made(due + 7 * 24 * HOUR, Outlet(SENDER, BASE, can_send=False))
    assert second.state is MailingState.IN_REVIEW  # the two questions left, and no server
    questions.append(FaqOffer("late", "Late?", "Yes.", published_at=due + 8 * 24 * HOUR))
    third = made(due + 16 * 24 * HOUR)
    assert third.state is MailingState.IN_REVIEW  # two days late: somebody looks
    with transaction() as writing:
        unschedule(writing, first, actor="Ada", now=due)
    assert issues_to_let_go(session) == []  # it is Ada's now


def test_an_issue_that_was_made_long_before_it_could_leave_is_looked_at(
    room: MailingFactory, make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())
    room.person("ngo", list_id=list_id)
    due = datetime(2026, 3, 9, 8, tzinfo=UTC)
    new = FaqOffer("why", "Why?", "Because.", published_at=due - HOUR)
    with transaction() as writing:
        words = _words(room, is_automatic=True)
        choose_digest(writing, writing.get_one(List, list_id), words, actor="Ada", now=now)
    with transaction() as writing:
        issue(writing, list_id, [_Faq(new)], now=due)

    (waiting,) = issues_to_let_go(session)
    mailing = session.get_one(Mailing, waiting)
    counted = take_headcount(session, mailing, now=due)
    with transaction() as writing:
        let_go(writing, mailing, OUTLET, counted, now=due + 25 * HOUR)

    assert mailing.state is MailingState.IN_REVIEW
    assert issues_to_let_go(session) == []
