"""Several workers find the same mailing due: one makes its letters."""

from datetime import datetime

import pytest
from sqlalchemy import Connection

from outreach.core.config import TrackingMode
from outreach.core.db import db
from outreach.core.state import state
from outreach.delivery import beginning
from outreach.delivery.assessing import Judged, judge
from outreach.delivery.beginning import begin_due
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
