"""What a letter may cost, counted and not timed: the lead in speed is not lost unseen."""

import threading
from collections import Counter
from datetime import datetime
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import event, text

from outreach.core.db import db
from outreach.core.state import state
from outreach.delivery.board import FEW
from outreach.delivery.judging import Result
from outreach.delivery.models import Delivery, DeliveryState
from outreach.delivery.sender import SenderOptions
from outreach.delivery.settling import settle
from outreach.delivery.worker import run_due
from tests.delivery.kit import Kit
from tests.mail.smtp_server import RecordingSmtpServer

LETTERS = 1_000


def _run(kit: Kit, server: RecordingSmtpServer) -> None:
    here = state(kit.app)
    here.settings = here.settings.model_copy(update={"catcher_port": server.port})
    run_due(kit.app, stop=threading.Event(), options=SenderOptions(connections=1))


def test_a_letter_costs_a_write_to_the_server_one_to_the_logbook_and_few_calls(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=LETTERS // 5)
    calls = Counter[str]()

    def count(_frame: FrameType, kind: str, what: Any) -> None:
        if threading.current_thread().name.startswith("hand-"):
            calls[kind] += 1
            if kind == "c_call":
                calls[what.__name__] += 1

    threading.setprofile(count)
    try:
        _run(kit, smtp_server)
    finally:
        threading.setprofile(None)

    letters = len(smtp_server.received)
    assert letters == LETTERS // 5
    # The last ones, which no letter is prepared behind, need two of each.
    assert calls["sendmsg"] + calls["send"] + calls["sendall"] <= letters + FEW + 5
    assert calls["recv"] <= 2 * letters + FEW + 5
    assert calls["pwrite"] <= letters + FEW + 2
    assert calls["hmac_digest"] == 0, "the keys of its three MACs are prepared"
    assert calls["digest"] <= 6 * letters
    assert calls["call"] / letters < 82, "Python functions entered for one letter"
    assert calls["c_call"] / letters < 136


def test_a_thousand_letters_cost_few_statements_and_commits(
    kit: Kit, smtp_server: RecordingSmtpServer
) -> None:
    kit.mailing(recipients=LETTERS)
    kit.deliveries_made(1)
    statements, commits = Counter[str](), Counter[str]()
    with kit.app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements[statement.split(maxsplit=1)[0]] += 1

    def committed(_connection: Any) -> None:
        commits["all"] += 1

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", committed)
    try:
        _run(kit, smtp_server)
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", committed)

    # Results are written five times a second, so that a slow machine writes more often.
    assert len(smtp_server.received) == LETTERS
    assert statements["UPDATE"] + statements["INSERT"] < 60
    assert commits["all"] < 60


_THOUSANDS_MORE = """
INSERT INTO delivery
  (mailing_id, number, state, roles, language, variant, arm, is_personal, attempts, reply)
SELECT mailing_id, number + 10 * n, state, roles, language, variant, arm, is_personal, attempts,
  reply
FROM delivery, generate_series(1, 2000) AS n
"""


def test_a_delivery_is_written_with_one_look_at_another_table() -> None:
    keys = {key.parent.name: key.column.table.name for key in Delivery.__table__.foreign_keys}

    assert keys == {"stakeholder_id": "stakeholder"}


@pytest.mark.parametrize("database_uri", ["postgresql"], indirect=True)
def test_results_are_written_by_their_keys_before_postgresql_knows_the_letters(
    kit: Kit, now: datetime
) -> None:
    mailing_id = kit.mailing(recipients=10)
    kit.deliveries_made(mailing_id)
    results = [Result(number, DeliveryState.ACCEPTED, 250, "Ok") for number in range(1, 9)]
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("WITH moved"):
            cursor.execute(f"EXPLAIN {statement}", values)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))

    with kit.app.app_context(), db.engine.connect() as connection:
        connection.execute(text(_THOUSANDS_MORE))
        event.listen(connection, "before_cursor_execute", explain)
        settle(connection, mailing_id, results, now=now)
        connection.rollback()

    by_key = "Index Cond: ((mailing_id = one.mailing_id) AND (number = one.number))"
    assert [by_key in plan for plan in plans] == [True]
