"""Benchmark of reports: what staff look at while and after a large mailing is sent.

    python -m tests.bench.reports [sqlite|postgresql]

A mailing of 250,000 letters in 80 token groups, a third of them answered by a visit; the pages are
made of what is measured here, and nothing is kept from one look to the next.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import click
from flask import Flask
from sqlalchemy import text

from outreach import create_app
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.dashboards.queries import mailing_report, totals_by_mailing
from outreach.delivery.figures import recount
from outreach.delivery.queries import progress
from outreach.tracking.rebuild import rebuild
from tests.bench.delivery import NAMES, database
from tests.databases import settings_for
from tests.factories import Factory
from tests.tracking.sending import sent_mailing

LETTERS = 250_000
GROUPS = 80
ROUNDS = 7
_GROUPS = """
INSERT INTO token_group (mailing_id, no, role_id, country, language, variant, arm, folded, size,
  is_personal, is_measured)
WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 99 + :groups)
SELECT :mailing, i, role_id, country, language, variant, arm, folded, 3000, is_personal, is_measured
FROM n, token_group WHERE mailing_id = :mailing AND no = 1
"""
_DELIVERIES = """
INSERT INTO delivery (mailing_id, number, state, roles, role_id, language, variant, arm, group_no,
  is_personal, attempts, reply, settled_at)
WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 99 + :letters)
SELECT mailing_id, i, CASE WHEN i % 50 = 0 THEN 'bounced' WHEN i % 40 = 0 THEN 'queued'
  ELSE 'accepted' END, roles, role_id, language, variant, arm, 100 + i % :groups, is_personal, 1,
  '2.0.0 accepted', settled_at
FROM n, delivery WHERE mailing_id = :mailing AND number = 1
"""
_FIGURES = """
INSERT INTO group_figure (mailing_id, group_no, opened, clicked, downloaded, asked, engaged, visits,
  downloads, questions, unsubscribes, returns, complaints, opens, clicks, web_views, machine_opens,
  machine_clicks, machine_downloads, machine_web_views)
SELECT mailing_id, no, 1000, 900, 400, 0, 900, 1000, 500, 0, 3, 1, 0, 1500, 1100, 7, 900, 300, 20, 9
FROM token_group WHERE mailing_id = :mailing AND no >= 100
"""


def fill(app: Flask) -> int:
    """Put a large mailing in place; returns its id."""
    mailing_id = sent_mailing(app, Factory(app, now=now()), now()).mailing_id
    values = {"mailing": mailing_id, "groups": GROUPS, "letters": LETTERS}
    with app.app_context(), transaction(db.engine) as connection:
        for statement in (_GROUPS, _DELIVERIES, _FIGURES):
            connection.execute(text(statement), values)
        recount(connection, mailing_id)
    return mailing_id


def measure(name: str, ask: Callable[[], object]) -> None:
    """Print how long an answer takes."""
    runs = []
    for _ in range(ROUNDS):
        db.session.remove()
        start, cpu = time.perf_counter(), time.process_time()
        ask()
        runs.append((time.perf_counter() - start, time.process_time() - cpu))
    wall, spent = (median(part) * 1000 for part in zip(*runs, strict=True))
    click.echo(f"  {name:34} {wall:7.1f} ms  ({spent:.1f} ms CPU of ours)")


def main(databases: Sequence[str] = NAMES) -> None:
    """Print what report, list of reports, progress and counting again take."""
    for name in databases:
        with database(name) as (uri, folder):
            app = create_app(settings_for(uri, folder))
            mailing_id = fill(app)
            click.echo(
                f"  {name}: {LETTERS:,} letters in {GROUPS} groups, load {os.getloadavg()[0]:.1f}"
            )
            with app.app_context():
                measure_all(mailing_id)
                db.engine.dispose()


def measure_all(mailing_id: int) -> None:
    """Print what each look at the mailing takes."""
    measure("the report's figures", lambda: mailing_report(db.session(), mailing_id))
    line = "its line in the list of reports"
    measure(line, lambda: totals_by_mailing(db.session(), [mailing_id]))
    measure("how far sending is", lambda: progress(db.session(), mailing_id, now=now()))
    measure("counting it all again", lambda: rebuild(db.engine, mailing_id))


if __name__ == "__main__":
    main(sys.argv[1:] or NAMES)
