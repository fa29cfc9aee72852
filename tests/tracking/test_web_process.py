"""A web process killed under load loses no acknowledged hit, and none is counted twice."""

import os
import signal
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from outreach import create_app
from outreach.core.db import db
from outreach.core.state import state
from outreach.tracking.applier import apply
from outreach.tracking.hits_file import hits_folder
from outreach.tracking.models import Hit
from tests.databases import migrate
from tests.factories import Factory
from tests.tracking.sending import sent_mailing
from tests.tracking.web_process import Readers, serving, settings_in


@pytest.mark.slow
def test_a_killed_web_process_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, now: datetime
) -> None:
    uri = f"sqlite:///{tmp_path / 'web.sqlite'}"
    migrate(uri, tmp_path)
    app = create_app(settings_in(tmp_path, uri))
    sent = sent_mailing(app, Factory(app, now=now), now)

    with serving(tmp_path, uri) as (port, workers):
        readers = Readers(sent, port)
        readers.start()
        time.sleep(0.7)
        os.kill(workers[0], signal.SIGKILL)
        readers.wait()
    for _ in range(2):
        apply(sent.engine, hits_folder(state(app).settings.worker_folder), now=now)

    counted = Counter(hit["reader"] for hit in sent.rows(Hit))
    with app.app_context():
        db.engine.dispose()
    assert len(readers.acknowledged) > 50
    assert set(readers.acknowledged) <= set(counted)
    assert set(counted.values()) == {1}
    assert len(counted) - len(readers.acknowledged) <= readers.connections
