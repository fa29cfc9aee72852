"""Subject lines are tried on a share; the rest waits and leaves exactly once, with the winner's."""

import re
from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from itertools import pairwise

import pytest
from sqlalchemy import select

from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.composing import Circumstances, Composer, Recipient
from outreach.delivery.fanout import fan_out
from outreach.delivery.grouping import Cell, group_by_arm
from outreach.delivery.leases import Range, claim, has_due, release
from outreach.delivery.models import TokenGroup, Wave
from outreach.delivery.waves import due_up_to, let_go, waves_of
from outreach.mailings.freezing import thaw
from outreach.mailings.models import Mailing, MailingRevision
from outreach.mailings.subject_test import SubjectLine, SubjectTest
from tests.delivery.kit import Kit

LASTS = timedelta(minutes=1)
TEST = SubjectTest(
    others=(SubjectLine(subject="Listen, {name|colleague}"), SubjectLine(preheader="Read on")),
    share=50,
)


def fan(kit: Kit, mailing_id: int, now: datetime) -> None:
    with kit.app.app_context(), transaction(db.engine) as connection:
        fan_out(
            connection,
            mailing_id,
            tracking=TrackingMode.UNLINKED,
            threshold=5,
            transport="catcher",
            now=now,
        )


def trial(kit: Kit, *, recipients: int, test: SubjectTest = TEST) -> int:
    mailing_id = kit.mailing(recipients=recipients)
    with kit.app.app_context(), transaction() as session:
        found = session.get_one(Mailing, mailing_id)
        revision = session.get_one(MailingRevision, found.revision_id)
        revision.letter = {**revision.letter, "test": test.model_dump(mode="json")}
    return mailing_id


def test_arms_are_drawn_alike_in_size_at_random_and_the_rest_waits(
    kit: Kit, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.arms.LEAST_AN_ARM", 20)
    mailing_id = trial(kit, recipients=200)

    fan(kit, mailing_id, now)

    made = kit.deliveries(mailing_id)
    assert Counter(one.arm for one in made) == {"A": 33, "B": 33, "C": 33, "": 101}
    assert {one.arm for one in made if one.number <= 99} == {"A", "B", "C"}
    people = [one.stakeholder_id or 0 for one in sorted(made, key=lambda one: one.number)]
    firsts = [one - min(people) for one in people[:99]]
    assert 70 < sum(firsts) / len(firsts) < 130  # neither the first nor the last of them
    by_arm = {one.stakeholder_id or 0: one.arm for one in made}
    runs = [by_arm[one] for one in sorted(by_arm) if by_arm[one]]
    assert len(set(pairwise(runs))) == 9  # any arm may follow any other
    with kit.app.app_context():
        groups = db.session.scalars(select(TokenGroup)).all()
        assert {(one.arm, one.size) for one in groups} == {
            ("A", 33), ("B", 33), ("C", 33), ("", 101)
        }  # fmt: skip
        assert [(one.lo, one.hi, one.due_at) for one in waves_of(db.session(), mailing_id)] == [
            (1, 99, now),
            (100, 200, None),
        ]


def test_the_rest_is_not_due_until_it_is_let_go_and_then_once(
    kit: Kit, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.arms.LEAST_AN_ARM", 1)
    mailing_id = trial(kit, recipients=12, test=TEST.model_copy(update={"share": 25}))
    fan(kit, mailing_id, now)
    later = now + timedelta(days=1)

    with kit.app.app_context(), transaction(db.engine) as writing:
        last = due_up_to(waves_of(writing, mailing_id), 12, later)
        assert last == 3
        first = claim(writing, mailing_id, "host/a", now=now, lasts=LASTS, last=last)
        assert first == Range(mailing_id, 1, 3)
        assert claim(writing, mailing_id, "host/b", now=now, lasts=LASTS, last=last) is None
        release(writing, "host/a")
        let_go(writing, mailing_id, now=later)
        let_go(writing, mailing_id, now=later + timedelta(hours=1))
        waves = waves_of(writing, mailing_id)
        assert [one.due_at for one in waves] == [now, later]
        assert due_up_to(waves, 12, now) == 3
        assert due_up_to(waves, 12, later) == 12
        assert has_due(writing, mailing_id, 3, now=now)
        rest = claim(writing, mailing_id, "host/c", now=later, lasts=LASTS, last=12)
        assert rest == Range(mailing_id, 4, 12)


def test_an_audience_that_became_too_small_gets_the_own_line_at_once(
    kit: Kit, now: datetime
) -> None:
    mailing_id = trial(kit, recipients=30)

    fan(kit, mailing_id, now)

    assert {one.arm for one in kit.deliveries(mailing_id)} == {""}
    with kit.app.app_context():
        assert db.session.scalars(select(Wave)).all() == []


def test_arms_are_grouped_apart_unless_too_few_would_be_counted_together() -> None:
    cells = {
        Cell(1, None, "BE", "en", arm="A"): 3,
        Cell(1, None, "NL", "en", arm="A"): 4,
        Cell(1, None, "BE", "en", arm="B"): 6,
        Cell(1, None, "BE", "en", arm="C"): 2,
    }

    groups = group_by_arm(cells, 5)

    assert {(one.value("arm"), one.size) for one in groups} == {(None, 9), ("B", 6)}
    assert all(one.size >= 5 for one in group_by_arm(cells, 5))
    assert group_by_arm({}, 5) == ()


def test_each_letter_says_its_line_and_the_rest_the_winners_and_its_own_day(
    kit: Kit, now: datetime
) -> None:
    mailing_id = trial(kit, recipients=1)
    later = now + timedelta(days=2)
    with kit.app.app_context():
        revision = db.session.scalars(select(MailingRevision)).one()
        around = Circumstances(
            mailing_id=mailing_id,
            tracking=TrackingMode.OFF,
            begun_at=now,
            mailing_key=None,
            winner="B",
            waves=((1, now), (4, later)),
        )
        composer = Composer(thaw(revision), around, state(kit.app).signer)
    someone = Recipient(
        number=1,
        stakeholder_id=1,
        email="zoe@example.org",
        name="Zoë",
        given_name="",
        organisation="",
        role_id=None,
        group_no=0,
        is_personal=False,
        is_measured=False,
    )

    def said(number: int, arm: str) -> tuple[str, datetime, bool, str]:
        letter = composer.compose(someone._replace(number=number, arm=arm))
        message = message_from_bytes(letter.data, policy=default)
        date = parsedate_to_datetime(str(message["Date"]))
        body = message.get_body(("html",))
        assert body is not None
        words = body.get_content()
        led_to = re.search(r"/mailings/[^/\"]+\?line=(.)\"", words)
        assert led_to is not None
        return str(message["Subject"]), date, "Read on" in words, led_to[1]

    own, other = "Cities that listen, Zoë", "Listen, Zoë"
    assert said(1, "A") == (own, now, False, "A")
    assert said(2, "B") == (other, now, False, "B")
    assert said(3, "C") == (own, now, True, "C")
    assert said(4, "") == (other, later, False, "B")
