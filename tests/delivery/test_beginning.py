"""Several workers find the same mailing due: one makes its letters."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, update

from outreach.core import clock
from outreach.core.config import TrackingMode
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.delivery import beginning, contributes
from outreach.delivery.assessing import Judged, judge
from outreach.delivery.beginning import begin_due
from outreach.mailings.models import Mailing
from outreach.worker import STOPPING
from tests.delivery.kit import Kit


def test_while_one_worker_judges_an_audience_no_other_one_does_the_same(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = kit.mailing(recipients=3)
    judged, begun_meanwhile = list[int](), list[int]()

    def judge_slowly(
        connection: Connection, mailing_id: int, *, tracking: TrackingMode, now: datetime
    ) -> Judged:
        judged.append(mailing_id)
        if len(judged) == 1:
            begun_meanwhile.extend(begin_due(state(kit.app), db.engine))
        return judge(connection, mailing_id, tracking=tracking, now=now)

    monkeypatch.setattr(beginning, "judge", judge_slowly)
    with kit.app.app_context():
        is_shared_by_hosts = db.engine.dialect.name == "postgresql"
        begun = begin_due(state(kit.app), db.engine)
        again = begin_due(state(kit.app), db.engine)

    assert len(kit.deliveries(mailing_id)) == 3
    assert begun == [mailing_id]
    assert again == []
    assert judged == [mailing_id] * (1 if is_shared_by_hosts else 2)
    assert begun_meanwhile == ([] if is_shared_by_hosts else [mailing_id])


def test_a_mailing_begins_although_a_worker_failed_while_it_judged(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = kit.mailing(recipients=3)

    def fail(*_: object, **__: object) -> Judged:
        raise KeyboardInterrupt  # it is killed

    with kit.app.app_context():
        monkeypatch.setattr(beginning, "judge", fail)
        with pytest.raises(KeyboardInterrupt):
            begin_due(state(kit.app), db.engine)
        monkeypatch.setattr(beginning, "judge", judge)
        begun = begin_due(state(kit.app), db.engine)

    assert begun == [mailing_id]
    assert len(kit.deliveries(mailing_id)) == 3


@pytest.mark.parametrize(("is_running", "rounds"), [(True, 2), (False, 1)])
def test_a_running_worker_sees_send_now_between_two_ticks(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, is_running: bool, rounds: int
) -> None:
    kit.mailing(recipients=1, due_at=clock.now() + timedelta(days=1))
    tick = next(one for one in contributes.CONTRIBUTION.ticks if one.name == "delivery.send")
    made = list[Flask]()

    def run_while_somebody_presses(app: Flask, *, stop: threading.Event) -> None:
        made.append(app)
        with transaction(db.engine) as writing:
            writing.execute(update(Mailing).values(due_at=clock.now()))

    monkeypatch.setattr(contributes, "run_due", run_while_somebody_presses)
    if is_running:
        kit.app.extensions[STOPPING] = threading.Event()

    with kit.app.app_context():
        tick.run(kit.app)

    assert made == [kit.app] * rounds


def test_the_looks_between_two_ticks_end_before_the_next_one() -> None:
    tick = next(one for one in contributes.CONTRIBUTION.ticks if one.name == "delivery.send")

    assert tick.every.total_seconds() > contributes.LOOKS * contributes.LOOK_SECONDS
