"""The demo shows each way of measuring letters, as OUTREACH_TRACKING says."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from outreach.core.clock import now
from outreach.core.db import db
from outreach.demo.load import load
from outreach.tracking.models import Hit, HitKind
from outreach.tracking.rebuild import counted_mailings, rebuild
from tests.databases import SqliteTemplate
from tests.demo.conftest import empty_demo


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["shared", "individual", "off"])
def test_the_demo_is_measured_as_it_is_told(
    tmp_path: Path, sqlite_template: SqliteTemplate, mode: str
) -> None:
    app = empty_demo(tmp_path, sqlite_template, OUTREACH_TRACKING=mode)

    with app.app_context():
        load(app, now=now())
        counted = db.session.execute(
            select(
                func.count(),
                func.count().filter(Hit.is_letter),
                func.count().filter(Hit.number.is_not(None)),
                func.count().filter(Hit.kind == HitKind.QUESTION),
            ).where(Hit.mailing_id.is_not(None))
        ).one()
        db.session.rollback()
        drifts = [one for key in counted_mailings(db.engine) for one in rebuild(db.engine, key)]
        db.session.remove()
        db.engine.dispose()

    hits, of_letters, followed, questions = counted
    assert drifts == []
    if mode == "shared":
        # Only people who agreed have letters that are told apart.
        assert hits > of_letters == followed > 0
    elif mode == "individual":
        assert hits == of_letters == followed > 0
    assert (questions > 0) is (mode != "off")
    assert (hits > 0) is (mode != "off")
