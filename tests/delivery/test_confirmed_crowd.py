"""Who was confirmed is looked up in a moment, however many they are."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from outreach.core.db import db, transaction
from outreach.mailings.headcount import KEPT, take_headcount
from outreach.mailings.models import Mailing
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
