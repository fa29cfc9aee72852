"""Judging stored hits by other rules: first to see what would change, then for good."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select, tuple_, update
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.delivery.models import Dispatch
from outreach.tracking.counting import PUBLIC, Identity, Tally, firsts_of
from outreach.tracking.facts import Judgement
from outreach.tracking.figure_rows import add_figures, wait_for_turn
from outreach.tracking.labels import FLOODED, judge
from outreach.tracking.ledger import verdict_columns, write_judgements, write_readers
from outreach.tracking.models import Hit, HitKind, HitLabel, LabelRules, Reader
from outreach.tracking.resolving import count_links
from outreach.tracking.rules import FIRST_VERSION, Rules, rules_of
from outreach.tracking.stored import (
    KnownReader,
    ReaderKey,
    StoredHit,
    load_hits,
)

CHUNK = 500
"""Readers judged in one transaction: other writers of SQLite wait no longer than that."""
CHUNKS_AT_ONCE = 20
MAILINGS = 20
MOST_PREVIEWED = 20_000
"""Hits a preview looks at: the newest mailings' ones."""
_START = b""


@dataclass(frozen=True, slots=True)
class Change:
    """Hits that would be judged otherwise."""

    kind: HitKind
    before: HitLabel
    after: HitLabel
    reason: str
    """The new one."""
    hits: int


@dataclass(frozen=True)
class Preview:
    """What rules would change among the hits looked at."""

    hits: int
    changes: tuple[Change, ...]


def preview(session: Session, rules: Rules) -> Preview:
    """Judge the newest mailings' hits by `rules`, changing nothing."""
    connection, seen = session.connection(), 0
    found: Counter[tuple[HitKind, HitLabel, HitLabel, str]] = Counter()
    newest = select(Dispatch.mailing_id).order_by(Dispatch.fanned_out_at.desc()).limit(MAILINGS)
    for mailing_id in [*connection.scalars(newest), PUBLIC]:
        cursor: ReaderKey = (mailing_id, _START)
        while seen < MOST_PREVIEWED:
            readers = _readers_after(connection, cursor, only=mailing_id)
            if not readers:
                break
            cursor = (readers[-1].mailing_id, readers[-1].key)
            for _, hits, verdicts in _judged(connection, readers, rules):
                seen += len(hits)
                found.update(
                    (hit.fact.kind, hit.judgement.label, verdict.label, verdict.reason)
                    for hit, verdict in zip(hits, verdicts, strict=True)
                    if hit.judgement.label is not verdict.label
                )
    return Preview(seen, tuple(Change(*key, number) for key, number in found.most_common()))


def put_in_force(
    session: Session, rules: Rules, *, by: str, now: datetime, is_rerun: bool
) -> LabelRules:
    """Judge hits by these rules from now on; with `is_rerun` those stored as well, bit by bit."""
    newest = session.scalar(select(func.max(LabelRules.version))) or FIRST_VERSION
    edition = LabelRules(
        version=newest + 1,
        values=rules.as_json(),
        created_at=now,
        created_by=by,
        is_rerun=is_rerun,
        rerun_mailing_id=0 if is_rerun else None,
        rerun_key=_START if is_rerun else None,
    )
    session.add(edition)
    session.flush()
    return edition


def rerun_some(engine: Engine, *, now: datetime, chunks: int = CHUNKS_AT_ONCE) -> int:
    """Go on judging stored hits anew, where that was asked for; returns how many readers."""
    done = 0
    for _ in range(chunks):
        with transaction(engine) as connection:
            wait_for_turn(connection)
            edition = _unfinished(connection)
            if edition is None:
                return done
            done += _rerun_chunk(connection, edition, now=now)
    return done


def _unfinished(connection: Connection) -> Any:
    """Return the newest edition, if its re-run is not done yet."""
    edition = connection.execute(
        select(LabelRules.__table__).order_by(LabelRules.version.desc()).limit(1)
    ).first()
    return edition if edition and edition.rerun_mailing_id is not None else None


def _rerun_chunk(connection: Connection, edition: Any, *, now: datetime) -> int:
    rules = rules_of(edition.version, edition.values)
    readers = _readers_after(connection, (edition.rerun_mailing_id, edition.rerun_key or _START))
    is_last = len(readers) < CHUNK
    last = (None, None) if is_last else (readers[-1].mailing_id, readers[-1].key)
    tally = Tally()
    judgements: list[dict[str, Any]] = []
    rows: list[KnownReader] = []
    for reader, hits, verdicts in _judged(connection, readers, rules):
        after = [(hit.fact, verdict) for hit, verdict in zip(hits, verdicts, strict=True)]
        before = [(hit.fact, hit.judgement) for hit in hits]
        first = firsts_of(after)
        who = Identity(reader.mailing_id, reader.group_no, reader.is_letter)
        tally.change(who, before, after, was=reader.firsts, now=first)
        judgements += [
            {"hit_id": hit.id, **verdict_columns(verdict, rules)}
            for hit, verdict in zip(hits, verdicts, strict=True)
        ]
        if first != reader.firsts:
            rows.append(reader.with_firsts(first))
    if judgements:
        write_judgements(connection, judgements)
    write_readers(connection, rows)
    add_figures(connection, tally.figures())
    connection.execute(
        update(LabelRules)
        .where(LabelRules.version == edition.version)
        .values(rerun_mailing_id=last[0], rerun_key=last[1], rerun_at=now if is_last else None)
    )
    return len(readers)


def _readers_after(
    connection: Connection, cursor: ReaderKey, *, only: int | None = None
) -> list[KnownReader]:
    """Return the next readers in the order of their key."""
    columns = [Reader.__table__.c[name] for name in KnownReader._fields]
    query = select(*columns).where(tuple_(Reader.mailing_id, Reader.key) > tuple_(*cursor))
    if only is not None:
        query = query.where(Reader.mailing_id == only)
    ordered = query.order_by(Reader.mailing_id, Reader.key).limit(CHUNK)
    return [KnownReader(*row) for row in connection.execute(ordered)]


def _judged(
    connection: Connection, readers: list[KnownReader], rules: Rules
) -> Iterator[tuple[KnownReader, list[StoredHit], list[Judgement]]]:
    """Give each reader with its hits and how `rules` judge them; a flood stays a flood."""
    stored = load_hits(connection, [(reader.mailing_id, reader.key) for reader in readers])
    links: Mapping[int, int] = count_links(connection, {r.mailing_id for r in readers})
    for reader in readers:
        found = stored.get((reader.mailing_id, reader.key), [])
        hits = [hit for hit in found if hit.judgement != FLOODED]
        verdicts = judge(
            [hit.fact for hit in hits],
            links=links.get(reader.mailing_id, 0),
            rules=rules,
            is_personal=reader.number is not None,
        )
        yield reader, hits, verdicts


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the newest hits each kind of rule could judge."""

    hits: int
    by_letter: int
    """Those of letters told apart: bursts of them are recognised whole."""
    by_person: int
    """Those of people who agreed to be measured: the time since sending is known."""


def coverage(session: Session) -> Coverage:
    """Return the coverage over the newest mailing's and the public pages' hits."""
    newest = session.scalar(select(func.max(Hit.mailing_id))) or 0
    row = session.execute(
        select(
            func.coalesce(func.sum(Reader.hits), 0),
            func.coalesce(func.sum(Reader.hits).filter(Reader.is_letter), 0),
            func.coalesce(func.sum(Reader.hits).filter(Reader.number.is_not(None)), 0),
        ).where(Reader.mailing_id == newest)
    ).one()
    return Coverage(*row)
