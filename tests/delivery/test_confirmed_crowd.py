"""Whom a mailing was confirmed for is compared with those who are judged, in a moment."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery.assessing import judge
from outreach.delivery.beginning import begin_due
from outreach.mailings.confirming import confirm
from outreach.mailings.headcount import KEPT, marks_of, take_headcount
from outreach.mailings.models import Mailing, MailingState
from outreach.stakeholders.consents import leave_list
from tests.delivery.kit import Kit


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_postgresql_reads_the_roles_of_a_crowd_once_to_mark_who_was_confirmed(
    kit: Kit, now: datetime
) -> None:
    mailing_id = kit.mailing(recipients=KEPT + 100)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if " AS mark" in statement or statement.startswith("SELECT ((("):
            asking = connection.connection.cursor()
            asking.execute(f"EXPLAIN {statement}", values)
            plans.append("\n".join(line for (line,) in asking.fetchall()))

    with kit.app.app_context():
        with transaction() as session:
            session.execute(text("ANALYZE"))
        mailing = db.session.get_one(Mailing, mailing_id)
        event.listen(db.engine, "after_cursor_execute", explain)
        try:
            headcount = take_headcount(db.session(), mailing, now=now)
        finally:
            event.remove(db.engine, "after_cursor_execute", explain)

    assert headcount.every == 2
    assert KEPT * 0.45 < len(headcount.marks) < KEPT * 0.55
    by_square = "Join Filter: (stakeholder.id = stakeholder_role.stakeholder_id)"
    assert [by_square in plan for plan in plans] == [False]


def test_those_who_are_judged_are_counted_and_marked_as_those_who_were_confirmed(
    kit: Kit, now: datetime
) -> None:
    left, *_ = kit.people(5)
    kit.people(3, role="funder", measured=True)
    mailing_id = kit.mailing()
    with kit.app.app_context(), transaction() as session:
        leave_list(session, left, kit.list_id, now=now, actor="the person")

    with kit.app.app_context(), transaction() as session:
        mailing, connection = session.get_one(Mailing, mailing_id), session.connection()
        headcount = take_headcount(session, mailing, now=now)
        part = marks_of(session, mailing, 2, now)
        judged = judge(connection, mailing_id, tracking=TrackingMode.UNLINKED, now=now)
        everybody, half = (judged.marks(connection, mailing, every) for every in (1, 2))
        judged.drop(connection)

    by_role = {line.role_id: line.recipients for line in headcount.audience.by_role}
    assert judged.by_role == by_role
    assert sorted(by_role.values()) == [3, 4]
    assert everybody == headcount.marks
    assert half == part


def test_a_changed_audience_asks_a_person_and_keeps_no_other_mailing_waiting(
    kit: Kit, now: datetime
) -> None:
    first, second = kit.mailing(recipients=4), kit.mailing()
    with kit.app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, first)
        confirm(session, mailing, take_headcount(session, mailing, now=now))
    kit.people(2)

    with kit.app.app_context():
        begun = begin_due(state(kit.app), db.engine)
        states = [db.session.get_one(Mailing, one).state for one in (first, second)]
        reason = db.session.get_one(Mailing, first).state_reason

    assert sorted(begun) == [first, second]
    assert states == [MailingState.PAUSED, MailingState.SENDING]
    assert "4 people would have got it; now it is 6" in reason
    assert len(kit.deliveries(first)) == 0
    assert len(kit.deliveries(second)) == 6
