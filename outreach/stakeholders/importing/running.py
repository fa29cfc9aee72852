"""Running an import: the same engine for a dry run and for the real one, chunk by chunk.

A chunk is one short transaction, so that others who write wait little; a file stopped half-way can
simply be imported again: what is there already is unchanged.
"""

import csv
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.core.changes import ChangeKind, ChangeSet
from outreach.core.collecting import without_collecting
from outreach.core.db import transaction
from outreach.core.errors import Refusal
from outreach.core.keys import KeyRing
from outreach.core.lookups import learn
from outreach.projects.models import List
from outreach.stakeholders.exporting import defused
from outreach.stakeholders.importing.ahead import Ahead, Chunk, Refused, next_chunk
from outreach.stakeholders.importing.applying import apply
from outreach.stakeholders.importing.granting import Order
from outreach.stakeholders.importing.loading import situation
from outreach.stakeholders.importing.plan import Fate, Step, Terms, plan_row
from outreach.stakeholders.importing.reading import Line, rows
from outreach.stakeholders.importing.reports import Batch, Remark, Report
from outreach.stakeholders.importing.values import Reader
from outreach.stakeholders.leftovers import NEWEST, newest_ids
from outreach.stakeholders.models import Consent, Stakeholder, StakeholderRole, StakeholderTag
from outreach.stakeholders.roles import all_roles, role_words

CHUNK = 6_000
"""Rows in one transaction: a quarter of a second. The more there are, the fewer pages of the dozen
indexes are written twice; the fewer, the shorter others wait who want to write."""
MANY = 5_000
"""So many rows let PostgreSQL learn of them at once."""
MANY_CAME = (Stakeholder, StakeholderRole, StakeholderTag, Consent)
"""What it is to learn of."""
CACHE_KB = 16_384
"""SQLite keeps 2 MB of pages by itself, and people are spread over more than a dozen indexes."""

CHECKPOINT_PAGES = 8_000
"""At 1,000, SQLite's own figure, every chunk would copy its pages into the database file at once
and the next one the same pages again: a third of all that is written (measured)."""


@dataclass
class _Run:
    """The state an import carries from chunk to chunk."""

    batch: Batch
    reader: Reader
    terms: Terms
    ring: KeyRing
    report: Report
    seen: dict[str, int]
    refused_rows: Any


def preview(
    session: Session, engine: Engine, batch: Batch, *, ring: KeyRing, at_most: int | None = None
) -> Report:
    """Say what an import would do, looking at the first `at_most` rows; changes nothing."""
    return _run(session, engine, batch, ring=ring, order=None, refused=None, at_most=at_most)


def run(
    session: Session,
    engine: Engine,
    batch: Batch,
    *,
    ring: KeyRing,
    now: datetime,
    actor: str,
    actor_id: int | None = None,
    refused: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Import a file; rows that are refused are written to `refused` with their reasons.

    Opens a transaction for each chunk itself, as senders do; `session` only reads. `progress` is
    told after each chunk how many rows are done. Raises Refusal
    without a source: where people come from must be said (GDPR Art. 14(2)(f)).
    """
    if not batch.source.strip():
        raise Refusal("Say where these people come from.", "For example: “forum in Ghent, 2026”.")
    with transaction(engine) as connection:
        change_set_id = _begin(connection, batch, now, actor, actor_id)
    order = Order(batch.list_id, batch.basis, batch.source, actor, change_set_id, now)
    report = _run(
        session, engine, batch, ring=ring, order=order, refused=refused, progress=progress
    )
    with transaction(engine) as connection:
        its_row = ChangeSet.id == change_set_id
        begun = connection.execute(select(ChangeSet.summary).where(its_row)).scalar_one()
        summary = begun | _summary(report, batch)
        connection.execute(update(ChangeSet).where(its_row).values(summary=summary))
    report.change_set_id = change_set_id
    if report.rows >= MANY:
        learn(engine, *MANY_CAME)
    return report


def list_for(session: Session, slug: str) -> int | None:
    """Return the list an import is for: the one named, else the only one there is, else None.

    Raises Refusal for an unknown slug, and where one of several must be named.
    """
    lists = session.execute(select(List.slug, List.id).where(List.archived_at.is_(None)))
    known = dict(lists.all())
    names = ", ".join(sorted(known))
    if slug and slug not in known:
        raise Refusal(f"There is no list {slug!r}.", f"There are: {names or 'none yet'}.")
    if not slug and len(known) > 1:
        raise Refusal("Say which list these people may get.", f"There are: {names}.")
    return known[slug] if slug else next(iter(known.values()), None)


def _begin(
    connection: Connection, batch: Batch, now: datetime, actor: str, actor_id: int | None
) -> int:
    values: dict[str, Any] = {
        "kind": ChangeKind.IMPORT,
        "label": batch.label[:200],
        "actor": actor,
        "actor_id": actor_id,
        "created_at": now,
        "summary": {NEWEST: newest_ids(connection)},
    }
    return connection.execute(insert(ChangeSet).values(values).returning(ChangeSet.id)).scalar_one()


def _summary(report: Report, batch: Batch) -> dict[str, Any]:
    return {
        "counts": dict(report.counts),
        "basis": batch.basis.value,
        "source": batch.source,
        "list_id": batch.list_id,
        "origin": batch.origin,
        "tag": batch.every_tag,
    }


def _run(
    session: Session,
    engine: Engine,
    batch: Batch,
    *,
    ring: KeyRing,
    order: Order | None,
    refused: Path | None,
    at_most: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    here = _prepare(session, batch, ring)
    with ExitStack() as stack:
        if refused is not None:
            file = stack.enter_context(refused.open("w", encoding="utf-8-sig", newline=""))
            here.refused_rows = csv.writer(file)
            header = [*batch.table.header, "line", "refused because"]
            here.refused_rows.writerow(map(defused, header))
        lines = rows(batch.path, batch.table)
        kept = islice(lines, at_most) if at_most else lines
        make = partial(next_chunk, kept, CHUNK, here.reader, ring)
        with Ahead(make) as ahead:
            while _take_next(engine, here, ahead, order):
                if progress:
                    progress(here.report.rows)
        here.report.is_partial = bool(at_most) and next(lines, None) is not None
    here.report.refused.sort(key=lambda remark: remark.line)
    return here.report


def _prepare(session: Session, batch: Batch, ring: KeyRing) -> _Run:
    roles = all_roles(session)
    every = next((role for role in roles if role.slug == batch.every_role), None)
    if batch.every_role and every is None:
        known = ", ".join(role.slug for role in roles)
        raise Refusal(f"There is no role {batch.every_role!r}.", f"There are: {known}.")
    words, tag = batch.words, batch.every_tag
    reader = Reader(batch.columns, role_words(roles), every=every, words=words, every_tag=tag)
    public = frozenset(role.id for role in roles if role.is_public)
    slug = session.scalar(select(List.slug).where(List.id == batch.list_id)) or ""
    terms = Terms(batch.list_id, batch.basis, public, slug)
    if batch.sections:
        terms = replace(terms, place=batch.place)
    session.rollback()  # the long work begins: no reading transaction stays open beside it
    return _Run(batch, reader, terms, ring, Report(), {}, None)


def _take_next(engine: Engine, here: _Run, ahead: Ahead, order: Order | None) -> bool:
    with without_collecting():
        chunk = ahead.take()
        if chunk.lines:
            _take(engine, here, chunk, order, ahead.begin)
        return bool(chunk.lines)


def _take(
    engine: Engine, here: _Run, chunk: Chunk, order: Order | None, begin_next: Callable[[], None]
) -> None:
    for refused in chunk.refused:
        _refuse(here, refused)
    try:
        steps = _decided(engine, here, chunk, order, begin_next)
    except IntegrityError:
        # Somebody was added by another hand at this very moment: now they are known. Or an
        # organisation that was remembered is there no more: it is looked up again.
        if order:
            order.ids.forget()
        steps = _decided(engine, here, chunk, order, begin_next)
    here.report.add(steps, here.batch.place)
    if notes := {step.draft.line: step.note for step in steps if step.fate is Fate.REFUSED}:
        for line in chunk.lines:
            if note := notes.get(line.number):
                _write_refused(here, line.number, line.cells, note)


def _decided(
    engine: Engine, here: _Run, chunk: Chunk, order: Order | None, begin_next: Callable[[], None]
) -> list[Step]:
    with transaction(engine) if order else engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KB}")
            connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        return _decide(connection, here, chunk, order, begin_next)


def _decide(
    connection: Connection,
    here: _Run,
    chunk: Chunk,
    order: Order | None,
    begin_next: Callable[[], None],
) -> list[Step]:
    fingerprints = chunk.fingerprints
    known, suppressed = situation(
        connection,
        fingerprints,
        list(fingerprints.values()),
        here.batch.list_id,
        is_locking=order is not None,
    )
    steps = [
        plan_row(
            draft,
            known.get(draft.email),
            suppressed.get(fingerprints[draft.email]),
            here.seen,
            here.terms,
        )
        for draft in chunk.drafts
    ]
    if order:
        apply(connection, steps, known, fingerprints, order, begin_next)
    return steps


def _refuse(here: _Run, refused: Refused) -> None:
    line, reason = refused.line, refused.reason
    here.report.counts[Fate.REFUSED] += 1
    here.report.note_unknown(refused.unknown)
    here.report.refuse(Remark(line.number, _shown(line), reason, here.batch.place(line.number)))
    _write_refused(here, line.number, line.cells, reason)


def _shown(line: Line) -> str:
    return next((cell.strip()[:80] for cell in line.cells if cell.strip()), "")


def _write_refused(here: _Run, line: int, cells: list[str], reason: str) -> None:
    if here.refused_rows is not None:
        width = len(here.batch.table.header)
        row = [*cells[:width], *[""] * (width - len(cells)), str(line), reason]
        here.refused_rows.writerow(map(defused, row))
