"""The worker: APScheduler wakes the rooms' ticks; each tick claims its work, so any number may run.

The scheduler lives in memory and is started here only, never by `create_app`: a shared job store
would run every job twice.
"""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from flask import Flask

from outreach.core.collecting import keep_what_is_there
from outreach.core.contributions import Tick
from outreach.core.extras import late
from outreach.core.state import state

if TYPE_CHECKING:
    from apscheduler.schedulers import background
else:
    background = late("apscheduler.schedulers.background")

log = structlog.get_logger()
# A tick that takes longer than its interval is no news: the next one does what is left.
logging.getLogger("apscheduler").setLevel(logging.ERROR)
STOPPING = "outreach_stopping"


def run_once(app: Flask) -> list[str]:
    """Do everything that is due now, in the rooms' order; returns the ticks that failed."""
    return [tick.name for tick in state(app).contributions.ticks if not _guarded(app, tick)()]


def run_worker(app: Flask, *, stop: threading.Event | None = None) -> None:
    """Run the ticks until SIGTERM or SIGINT, or until `stop` is set; ends within ten seconds."""
    stop = stop or threading.Event()
    app.extensions[STOPPING] = stop
    if threading.current_thread() is threading.main_thread():
        _stop_on_signals(stop)
    scheduler = _scheduler(app)
    keep_what_is_there()
    scheduler.start()
    log.info("worker started", ticks=[tick.name for tick in state(app).contributions.ticks])
    stop.wait()
    scheduler.shutdown(wait=True)
    log.info("worker stopped")


def _scheduler(app: Flask) -> "background.BackgroundScheduler":
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = background.BackgroundScheduler(timezone="UTC", job_defaults=defaults)
    for tick in state(app).contributions.ticks:
        scheduler.add_job(
            _guarded(app, tick), "interval", seconds=tick.every.total_seconds(), id=tick.name
        )
    return scheduler


def _guarded(app: Flask, tick: Tick) -> Callable[[], bool]:
    """One tick's failure is told with its traceback and stops neither the others nor the next."""

    def run() -> bool:
        try:
            with app.app_context():
                tick.run(app)
        except Exception:
            log.exception("tick failed", tick=tick.name)
            return False
        return True

    return run


def _stop_on_signals(stop: threading.Event) -> None:
    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
