"""A subject test is chosen for a draft whose audience is large enough for one."""

from datetime import datetime
from functools import partial

import pytest
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.mailings.holding import StaleEdit
from outreach.mailings.models import Mailing
from outreach.mailings.preflight import check
from outreach.mailings.subject_test import SubjectLine, SubjectTest
from outreach.mailings.testing_subjects import Room, choose_test, room_for, told_subject
from tests.mailings.factories import OUTLET, MailingFactory

TEST = SubjectTest(others=(SubjectLine(subject=" Another \n line "),), share=50)


def test_a_test_is_kept_with_the_draft_and_blocks_when_it_became_too_small(
    room: MailingFactory, session: Session, now: datetime
) -> None:
    mailing_id = room.mailing(readers=2, content={"languages": ["fr"], "blocks": []})
    list_id = session.get_one(Mailing, mailing_id).list_id
    session.rollback()
    room.person("ngo", list_id=list_id, language="fr")  # gets a line of their own
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        counted = room_for(writing, mailing, TrackingMode.UNLINKED, now=now)
        version = mailing.lock_version
        choose = partial(choose_test, writing, mailing, actor="Ada", now=now)

        with pytest.raises(Refusal, match=r"at least 500 letters for each line.*has 2"):
            choose(TEST, counted, lock_version=version)
        with pytest.raises(Refusal, match="does not count single letters"):
            shared = room_for(writing, mailing, TrackingMode.SHARED, now=now)
            choose(TEST, shared, lock_version=version)
        with pytest.raises(Refusal, match="tried on 300 letters"):
            choose(TEST, Room(1200, True), lock_version=version)
        with pytest.raises(Refusal, match="the same"):
            same = SubjectTest(others=(SubjectLine(subject=mailing.subject),))
            choose(same, Room(9_000), lock_version=version)
        with pytest.raises(StaleEdit):
            choose(TEST, Room(9_000), lock_version=version - 1)
        choose(TEST, Room(9_000), lock_version=version)

    mailing = session.get_one(Mailing, mailing_id)
    assert mailing.subject_test["others"] == [{"subject": "Another line", "preheader": ""}]
    assert mailing.lock_version == version + 1
    said = [found.message for found in check(session, mailing, **OUTLET, now=now).blocks]
    assert any("tried on 0 letters" in message for message in said)


@pytest.mark.parametrize(
    ("test", "chosen", "told"),
    [
        ({}, "", "For colleague"),
        ({"others": [{"subject": "Another line"}]}, "", "For colleague"),
        ({"others": [{"subject": "Another line"}]}, "B", "Another line"),
        ({"others": [{"subject": "Another line"}]}, "gone", "For colleague"),
    ],
)
def test_a_mailing_is_known_by_the_line_its_test_chose(
    test: dict[str, object], chosen: str, told: str
) -> None:
    mailing = Mailing(
        subject="For {name|colleague}", preheader="", subject_test=test, chosen_line=chosen
    )

    assert told_subject(mailing) == told


@pytest.mark.parametrize(("hours", "said"), [(1, "after 1 hour the"), (24, "after 24 hours the")])
def test_a_test_is_told_in_one_line(hours: int, said: str) -> None:
    test = SubjectTest(others=(SubjectLine(subject="Another"),), hours=hours)

    assert said in test.told
