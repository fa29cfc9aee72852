"""Two hosts with one database: each keeps and applies its own hits, and the figures are one."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from outreach import create_app
from outreach.core.db import db, engine_for
from outreach.tracking.applier import apply
from outreach.tracking.hits_file import hits_folder
from outreach.tracking.models import GroupFigure, Hit
from outreach.tracking.rebuild import rebuild
from tests.factories import Factory
from tests.tracking.sending import sent_mailing
from tests.tracking.web_process import Launcher, Readers, launching, serving, settings_in


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    with launching() as found:
        yield found


@pytest.mark.slow
def test_hits_of_two_hosts_are_counted_once_by_appliers_at_the_same_time(
    database_uri: str, tmp_path: Path, now: datetime, launcher: Launcher
) -> None:
    homes = [tmp_path / "first", tmp_path / "second"]
    for home in homes:
        home.mkdir()
    app = create_app(settings_in(homes[0], database_uri))
    sent = sent_mailing(app, Factory(app, now=now), now)
    folders = [hits_folder(settings_in(home, database_uri).worker_folder) for home in homes]

    with (
        serving(homes[0], database_uri, by=launcher) as (first, _),
        serving(homes[1], database_uri, by=launcher) as (second, _),
    ):
        readers = [Readers(sent, port, connections=4) for port in (first, second)]
        for one in readers:
            one.start()
        appliers = [
            threading.Thread(target=_apply_for, args=(database_uri, folder, now, 1.5))
            for folder in folders
        ]
        for applier in appliers:
            applier.start()
        for applier in appliers:
            applier.join()
    for one in readers:
        one.wait()
    for folder in folders:
        apply(sent.engine, folder, now=now)

    counted = Counter(hit["reader"] for hit in sent.rows(Hit))
    assert all(len(one.acknowledged) > 20 for one in readers)
    assert set(readers[0].acknowledged) | set(readers[1].acknowledged) <= set(counted)
    assert set(counted.values()) == {1}
    assert sent.figure(GroupFigure, "opened") == len(counted)
    assert rebuild(sent.engine, sent.mailing_id) == []
    with app.app_context():
        db.engine.dispose()


def _apply_for(uri: str, folder: Path, now: datetime, seconds: float) -> None:
    """Apply what waits again and again, as the worker of one host does."""
    engine, until = engine_for(uri), time.monotonic() + seconds
    while time.monotonic() < until:
        apply(engine, folder, now=now, batches=1)
        time.sleep(0.05)
    engine.dispose()
