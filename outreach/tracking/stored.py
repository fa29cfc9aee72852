"""Readers and their hits as they are stored, loaded for the ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from outreach.tracking.counting import PUBLIC, Firsts
from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.models import Hit, Reader

ReaderKey = tuple[int, bytes]
"""A reader's mailing (`PUBLIC` for none) and key."""
CHUNK = 500
"""Keys asked for in one statement."""


@dataclass(frozen=True, slots=True)
class KnownReader:
    """A row of `Reader`."""

    mailing_id: int
    key: bytes
    group_no: int
    is_letter: bool
    number: int | None
    hits: int = 0
    first_open_at: datetime | None = None
    first_click_at: datetime | None = None
    first_download_at: datetime | None = None
    first_question_at: datetime | None = None
    last_visit_at: datetime | None = None

    @property
    def firsts(self) -> Firsts:
        """What it did first, as it was counted so far."""
        return Firsts(
            self.first_open_at,
            self.first_click_at,
            self.first_download_at,
            self.first_question_at,
            self.last_visit_at,
        )


READER_COLUMNS = tuple(field.name for field in fields(KnownReader))


class StoredHit(NamedTuple):
    """A hit that was counted before, and how."""

    id: int
    key: ReaderKey
    fact: Fact
    judgement: Judgement


def load_readers(connection: Connection, keys: Iterable[ReaderKey]) -> dict[ReaderKey, KnownReader]:
    """Return those of the readers that are stored."""
    columns = [Reader.__table__.c[name] for name in READER_COLUMNS]
    return {
        (row[0], row[1]): KnownReader(*row)
        for mailing_id, chunk in _by_mailing(keys)
        for row in connection.execute(
            select(*columns).where(Reader.mailing_id == mailing_id, Reader.key.in_(chunk))
        ).all()
    }


def load_hits(
    connection: Connection, keys: Iterable[ReaderKey]
) -> dict[ReaderKey, list[StoredHit]]:
    """Return the hits of readers, each reader's in the order of time."""
    found: dict[ReaderKey, list[StoredHit]] = {}
    for mailing_id, chunk in _by_mailing(keys):
        rows = connection.execute(
            select(*HIT_COLUMNS)
            .where(of_mailing(mailing_id), Hit.reader.in_(chunk))
            .order_by(Hit.at, Hit.id)
        ).all()
        for row in rows:
            hit = stored_hit(row)
            found.setdefault(hit.key, []).append(hit)
    return found


def of_mailing(mailing_id: int) -> ColumnElement[bool]:
    """Select the hits of a mailing, or of visitors who came without a letter."""
    return Hit.mailing_id.is_(None) if mailing_id == PUBLIC else Hit.mailing_id == mailing_id


HIT_COLUMNS = (
    Hit.id,
    Hit.mailing_id,
    Hit.reader,
    Hit.at,
    Hit.kind,
    Hit.method,
    Hit.agent_family,
    Hit.is_prefetch,
    Hit.is_range,
    Hit.seconds_since_sent,
    Hit.link_number,
    Hit.document_id,
    Hit.version_id,
    Hit.label,
    Hit.reason,
    Hit.is_repeat,
    Hit.role_id,
    Hit.share_id,
)


def stored_hit(row: Any) -> StoredHit:
    """Return the hit of a row whose first columns are `HIT_COLUMNS`."""
    hit_id, mailing_id, reader, at, kind, method, family, prefetch, part, seconds, *rest = row
    link, document, version, label, reason, is_repeat, role, share, *_ = rest
    return StoredHit(
        hit_id,
        (mailing_id or PUBLIC, reader),
        Fact(
            at, kind, method, family, prefetch, part, seconds, link, document, version, role, share
        ),
        Judgement(label, reason, is_repeat),
    )


def _by_mailing(keys: Iterable[ReaderKey]) -> Iterator[tuple[int, list[bytes]]]:
    """Give the keys by mailing, a statement's worth at a time."""
    by_mailing: dict[int, list[bytes]] = {}
    for mailing_id, key in keys:
        by_mailing.setdefault(mailing_id, []).append(key)
    for mailing_id, found in by_mailing.items():
        for start in range(0, len(found), CHUNK):
            yield mailing_id, found[start : start + CHUNK]
