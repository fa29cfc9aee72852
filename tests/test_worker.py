"""The worker's process: what it does before it does anything."""

import gc
import threading

import pytest
from flask import Flask

from outreach.worker import run_worker


def test_the_collector_need_not_walk_what_stays_until_the_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = list[str]()
    monkeypatch.setattr(gc, "collect", lambda: done.append("collected"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    stop = threading.Event()
    stop.set()

    run_worker(app, stop=stop)

    assert done == ["collected", "frozen"]
