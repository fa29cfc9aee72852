"""Readers and their hits as they are stored, loaded for the ledger."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection

from outreach.tracking.bulk import select_rows
from outreach.tracking.counting import PUBLIC, Firsts
from outreach.tracking.facts import Fact, Judgement
from outreach.tracking.models import Hit, Reader

ReaderKey = tuple[int, bytes]
"""A reader's mailing (`PUBLIC` for none) and key."""
CHUNK = 500
"""Keys asked for in one statement."""


class KnownReader(NamedTuple):
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
        return Firsts._make(self[6:])

    def with_firsts(self, first: Firsts) -> "KnownReader":
        """Return it with what it did first as it is counted now."""
        return KnownReader(*self[:6], *first)

    def counted(self, number: int | None, more: int, first: Firsts) -> "KnownReader":
        """Return it with its delivery, so many more hits, and what it did first."""
        return KnownReader(*self[:4], number, self.hits + more, *first)


class StoredHit(NamedTuple):
    """A hit that was counted before, and how."""

    id: int
    key: ReaderKey
    fact: Fact
    judgement: Judgement


def load_readers(connection: Connection, keys: Iterable[ReaderKey]) -> dict[ReaderKey, KnownReader]:
    """Return those of the readers that are stored."""
    return {
        (row[0], row[1]): KnownReader._make(row)
        for mailing_id, chunk in _by_mailing(keys)
        for row in select_rows(
            connection,
            Reader.__table__,
            KnownReader._fields,
            mailing_id=mailing_id,
            among=("key", chunk),
        )
    }


def load_hits(
    connection: Connection, keys: Iterable[ReaderKey], *, since: datetime | None = None
) -> dict[ReaderKey, list[StoredHit]]:
    """Return the hits of readers, each reader's in the order of time; all, or those `since`."""
    found: dict[ReaderKey, list[StoredHit]] = {}
    for mailing_id, chunk in _by_mailing(keys):
        rows = select_rows(
            connection,
            Hit.__table__,
            _HIT_NAMES,
            mailing_id=mailing_id or None,
            among=("reader", chunk),
            since=since,
            # As the index has them: nothing to be sorted.
            order="reader, at, id",
        )
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
    Hit.role_id,
    Hit.share_id,
    Hit.label,
    Hit.reason,
    Hit.is_repeat,
)
"""Key and reader, then as `Fact` and `Judgement` list them."""
_HIT_NAMES = tuple(column.key for column in HIT_COLUMNS)


def stored_hit(row: Any) -> StoredHit:
    """Return the hit of a row whose first columns are `HIT_COLUMNS`."""
    # Thousands at a time: without the detours that names take.
    fact, judgement = _new(Fact, row[3:15]), _new(Judgement, row[15:18])
    return _new(StoredHit, (row[0], (row[1] or PUBLIC, row[2]), fact, judgement))


_new = tuple.__new__


def _by_mailing(keys: Iterable[ReaderKey]) -> Iterator[tuple[int, list[bytes]]]:
    """Give the keys by mailing, a statement's worth at a time."""
    by_mailing: dict[int, list[bytes]] = {}
    for mailing_id, key in keys:
        by_mailing.setdefault(mailing_id, []).append(key)
    for mailing_id, found in by_mailing.items():
        for start in range(0, len(found), CHUNK):
            yield mailing_id, found[start : start + CHUNK]
