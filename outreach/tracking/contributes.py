"""What the tracking room contributes to earlier ones."""

import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine, and_, func, select
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.contributions import (
    Contribution,
    Erasure,
    Finding,
    SettingsEntry,
    Tick,
    TimelineEntry,
)
from outreach.core.db import db, transaction
from outreach.core.leases import claim_tick
from outreach.core.state import state
from outreach.delivery.models import Delivery
from outreach.mailings.models import Mailing
from outreach.tracking.applier import BATCHES_AT_ONCE, apply, waiting
from outreach.tracking.engagements import ENGAGEMENTS
from outreach.tracking.forgetting import forget_person, forget_withdrawn, sweep
from outreach.tracking.hits_file import hits_folder
from outreach.tracking.models import HitsFile, Reader
from outreach.tracking.relabelling import rerun_some

BACKLOG = 1 << 20
"""Bytes of hits files that may wait before the doctor says so: some 8,000 hits."""
SWEEP_EVERY = timedelta(hours=1)


def apply_hits(app: Flask) -> None:
    """Bring this host's hits into the database, and forget who withdrew a moment ago.

    Every host applies its own files; the database sees to it that none counts twice.
    """
    engine = _engine(app)
    stopping: threading.Event = app.extensions.get("outreach_stopping") or threading.Event()
    apply(
        engine,
        hits_folder(state(app).settings.worker_folder),
        now=now(),
        batches=BATCHES_AT_ONCE,
        is_stopping=stopping.is_set,
    )
    forget_withdrawn(engine, now=now())


def forget_unfollowed(app: Flask) -> None:
    """Forget, on one host at a time, whatever may no longer be followed and was missed."""
    engine = _engine(app)
    with transaction(engine) as connection:
        is_ours = claim_tick(connection, "tracking.forget", now=now(), every=SWEEP_EVERY)
    if is_ours:
        sweep(engine)


def judge_anew(app: Flask) -> None:
    """Go on judging past hits by new rules, a few at a time, where an operator asked for it."""
    rerun_some(_engine(app), now=now())


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def timeline(session: Session, stakeholder_id: int, *, limit: int) -> Iterable[TimelineEntry]:
    """Return what a person who agreed to be followed did for the first time with each letter."""
    rows = session.execute(
        select(Mailing.title, Reader)
        .select_from(Delivery)
        .join(
            Reader,
            and_(Reader.mailing_id == Delivery.mailing_id, Reader.number == Delivery.number),
        )
        .join(Mailing, Mailing.id == Delivery.mailing_id)
        .where(Delivery.stakeholder_id == stakeholder_id)
        .order_by(Reader.mailing_id.desc())
        .limit(limit)
    )
    entries = [entry for title, reader in rows for entry in _entries(title, reader)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _entries(title: str, reader: Reader) -> Iterator[TimelineEntry]:
    firsts = (
        (reader.first_open_at, "Opened a letter", "envelope-open"),
        (reader.first_click_at, "Followed a link", "cursor-arrow-rays"),
        (reader.first_download_at, "Downloaded a document", "arrow-down-tray"),
    )
    for at, what, icon in firsts:
        if at is not None:
            yield TimelineEntry(at, what, title, icon)


def check(app: Flask) -> Iterator[Finding]:
    """Say whether hits can be kept, and whether they are applied in time."""
    folder = hits_folder(state(app).settings.worker_folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".doctor").touch()
        (folder / ".doctor").unlink()
    except OSError as error:
        yield Finding(
            "Tracking",
            is_well=False,
            message=f"Hits cannot be kept in {folder}: {error.strerror}.",
            remedy="Make the folder writable for the user Outreach runs as, or free some space.",
        )
        return
    yield from _backlog(_engine(app), waiting(_engine(app), folder))


def _backlog(engine: Engine, size: int) -> Iterator[Finding]:
    with engine.connect() as connection:
        skipped = connection.scalar(select(func.coalesce(func.sum(HitsFile.skipped), 0)))
    yield Finding(
        "Tracking",
        is_well=size < BACKLOG,
        message=f"{size:,} bytes of hits wait to be counted; "
        f"{skipped:,} damaged or unknown lines were left out lately.",
        remedy="" if size < BACKLOG else "Start `outreach worker` on this host.",
    )


CONTRIBUTION = Contribution(
    engagements=ENGAGEMENTS,
    timeline=(timeline,),
    erasures=(Erasure(("hit", "reader"), forget_person),),
    doctor=(check,),
    settings=(
        SettingsEntry(
            "What is measured",
            "counting.measurement",
            "eye",
            "settings.see",
            "In plain words, ready for your privacy notice.",
            70,
        ),
        SettingsEntry(
            "People and machines",
            "counting.rules",
            "cpu-chip",
            "settings.see",
            "The rules by which requests are counted or left out.",
            71,
        ),
    ),
    ticks=(
        Tick("tracking.apply", timedelta(seconds=1), apply_hits),
        Tick("tracking.relabel", timedelta(seconds=5), judge_anew),
        Tick("tracking.forget", timedelta(minutes=5), forget_unfollowed),
    ),
)
