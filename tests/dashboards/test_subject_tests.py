"""A subject test ends by its figures, unless luck could have made them or staff choose."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, Refusal
from outreach.dashboards.arms import arm_figures, end_test, lines_report
from outreach.delivery.deciding import choose_line, unended_tests
from outreach.delivery.fanout import fan_out
from outreach.delivery.figures import recount
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, TokenGroup
from outreach.delivery.waves import waves_of
from outreach.mailings.archive import shown
from outreach.mailings.freezing import thaw
from outreach.mailings.models import Mailing, MailingRevision, MailingState
from outreach.mailings.subject_test import ArmFigures, Measure, SubjectLine, SubjectTest, judge
from outreach.tracking.models import GroupFigure
from tests.delivery.kit import Kit
from tests.factories import Factory

TEST = SubjectTest(others=(SubjectLine(subject="Another line"),), share=50, hours=24)


@pytest.fixture
def kit(app: Flask, make: Factory, database_uri: str, tmp_path: Path) -> Kit:
    return Kit(app, make, database_uri, tmp_path)


def _tried(kit: Kit, now: datetime, test: SubjectTest) -> int:
    mailing_id = kit.mailing(recipients=80)
    with kit.app.app_context(), transaction() as session:
        found = session.get_one(Mailing, mailing_id)
        revision = session.get_one(MailingRevision, found.revision_id)
        revision.letter = {**revision.letter, "test": test.model_dump(mode="json")}
        found.state, found.started_at = MailingState.SENDING, now
    with kit.app.app_context(), transaction(db.engine) as connection:
        fan_out(
            connection,
            mailing_id,
            tracking=TrackingMode.UNLINKED,
            threshold=5,
            transport="catcher",
            now=now,
        )
    return mailing_id


def _visited(mailing_id: int, **visits: int) -> None:
    with transaction() as session:
        session.execute(
            update(Delivery).where(Delivery.arm != "").values(state=DeliveryState.ACCEPTED)
        )
        recount(session.connection(), mailing_id)
        for group in session.scalars(select(TokenGroup).where(TokenGroup.arm != "")):
            session.merge(
                GroupFigure(
                    mailing_id=mailing_id,
                    group_no=group.no,
                    clicked=visits[group.arm or ""],
                    visits=9 * visits[group.arm or ""],
                )
            )


def _said_on_the_web(session: Session, mailing_id: int) -> dict[str, str]:
    """Return which line the archive ("") and letters tried with a line lead to."""
    mailing = session.get_one(Mailing, mailing_id)
    assert mailing.revision is not None
    letter = thaw(mailing.revision)
    names = {each.subject: arm for arm, each in letter.arms().items() if arm}
    return {
        line: names[shown(mailing, letter, "en", line=line, is_archive=not line).subject]
        for line in ("", "A", "B", "nonsense")
    }


def test_the_clearly_better_line_is_chosen_when_the_time_is_over_and_only_once(
    kit: Kit, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.arms.LEAST_AN_ARM", 5)
    mailing_id = _tried(kit, now, TEST)
    assert unended_tests(session) == []  # the tried letters have not left yet
    session.rollback()
    _visited(mailing_id, A=1, B=15)
    over = now + timedelta(hours=24)

    assert unended_tests(session) == [mailing_id]
    assert arm_figures(session, mailing_id) == {
        "A": ArmFigures(20, 1, 0),
        "B": ArmFigures(20, 15, 0),
    }
    session.rollback()
    with transaction() as writing:
        end_test(writing, writing.get_one(Mailing, mailing_id), now=over - timedelta(minutes=1))
        assert writing.get_one(Dispatch, mailing_id).winner == ""
    with transaction() as writing:
        end_test(writing, writing.get_one(Mailing, mailing_id), now=over)
    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        with pytest.raises(Conflict):
            choose_line(writing, mailing, "A", actor="Ada", now=over)

    assert session.get_one(Dispatch, mailing_id).winner == "B"
    assert _said_on_the_web(session, mailing_id) == {"": "B", "A": "A", "B": "B", "nonsense": "B"}
    assert [one.due_at for one in waves_of(session, mailing_id)] == [now, over]
    report = lines_report(session, session.get_one(Mailing, mailing_id))
    assert report is not None
    assert (report.winner, report.waiting) == ("B", 0)
    assert "hardly chance" in report.finding


def test_what_could_be_chance_is_left_to_staff(
    kit: Kit, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.arms.LEAST_AN_ARM", 5)
    mailing_id = _tried(kit, now, TEST)
    _visited(mailing_id, A=9, B=11)

    with transaction() as writing:
        mailing = writing.get_one(Mailing, mailing_id)
        end_test(writing, mailing, now=now + timedelta(days=2))
        assert "could be chance" in mailing.state_reason
        assert writing.get_one(Dispatch, mailing_id).winner == ""
        with pytest.raises(Refusal, match="no such line"):
            choose_line(writing, mailing, "C", actor="Ada", now=now)
        choose_line(writing, mailing, "A", actor="Ada", now=now + timedelta(days=3))
        assert mailing.state_reason == ""

    assert session.get_one(Dispatch, mailing_id).winner == "A"


@pytest.mark.parametrize(
    ("a", "b", "c", "best", "is_chance"),
    [
        ((500, 50), (500, 71), None, "B", False),
        ((500, 50), (500, 70), None, "B", True),
        ((500, 50), (500, 71), (500, 20), "B", True),  # one pair of three
        ((500, 0), (500, 0), None, "A", True),
        ((0, 0), (500, 500), None, "B", True),  # nothing to compare with
    ],
)
def test_a_difference_is_called_chance_where_luck_alone_could_make_it(
    a: tuple[int, int],
    b: tuple[int, int],
    c: tuple[int, int] | None,
    best: str,
    is_chance: bool,
) -> None:
    arms = {"A": a, "B": b, **({"C": c} if c else {})}
    figures = {arm: ArmFigures(sent, hits, 0) for arm, (sent, hits) in arms.items()}

    verdict = judge(figures, Measure.VISITS)

    assert (verdict.best, verdict.is_chance) == (best, is_chance)
