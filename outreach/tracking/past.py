"""How much of a reader's past a new hit can change; what lies before is neither loaded nor judged.

A hit is judged by the links followed within seconds of it, and repeats what was counted within
half an hour. Nothing reaches further, but for two things: another device a day later, told in
letters that may be followed, and the share links a visitor of public pages came by. There all hits
are looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import Connection

from outreach.tracking.counting import PUBLIC, Firsts, Judged, firsts_of
from outreach.tracking.facts import Judgement
from outreach.tracking.labels import FLOOD, VISIT
from outreach.tracking.rules import Rules
from outreach.tracking.stored import (
    KnownReader,
    ReaderKey,
    StoredHit,
    load_hits,
    load_readers,
)


class Past(NamedTuple):
    """What is stored of a reader: its row, and its hits since a moment, in the order of time."""

    reader: KnownReader | None = None
    hits: Sequence[StoredHit] = ()
    since: datetime | None = None
    """None when `hits` are all there are."""

    def standing(self, moment: datetime, rules: Rules) -> list[Judgement]:
        """Return how the hits are judged that a hit at `moment` can no longer change."""
        if not self.hits:
            return []
        change = moment - reach(rules)
        return [hit.judgement for hit in takewhile(lambda hit: hit.fact.at < change, self.hits)]

    def firsts_with(self, hits: Judged, was: Firsts) -> Firsts | None:
        """Return what the reader did first, `hits` being its hits since that moment, judged anew.

        `was` is what it did first as it was counted so far. None when they do not tell: then all
        hits have to be looked at.
        """
        now, since = firsts_of(hits), self.since
        if since is None:
            return now
        if was.last_visit_at is not None and not now.last_visit_at and was.last_visit_at >= since:
            return None  # the last visit is none any more, and the one before lies further back
        firsts = [
            old if old is not None and old < since else new
            for old, new in zip(was, now, strict=True)
        ]
        firsts[-1] = now.last_visit_at or was.last_visit_at
        return Firsts._make(firsts)


NOTHING = Past()
"""Of a reader who is new."""


def reach(rules: Rules) -> timedelta:
    """Return how long before a new hit others may be judged otherwise because of it.

    A link makes a burst of those followed within the rules' seconds, and each of these may draw in
    a picture loaded as long before it.
    """
    return 2 * timedelta(seconds=rules.burst_seconds)


def load_pasts(
    connection: Connection,
    firsts: Mapping[ReaderKey, datetime],
    followed: set[ReaderKey],
    *,
    rules: Rules,
) -> dict[ReaderKey, Past]:
    """Return what has to be known of readers; `firsts` tells when each one's new hits begin.

    `followed` are those whose letters may be followed. Readers who are new are not in it.
    """
    known = load_readers(connection, firsts)
    judgeable = {key for key, reader in known.items() if reader.hits < FLOOD}
    whole = {key for key in judgeable if key[0] == PUBLIC or key in followed}
    recent = judgeable - whole
    since = min((firsts[key] for key in recent), default=None)
    if since is not None:
        since -= VISIT + reach(rules)
    hits = load_hits(connection, whole) | load_hits(connection, recent, since=since)
    return {
        key: Past(reader, hits.get(key, ()), since if key in recent else None)
        for key, reader in known.items()
    }


def load_whole_pasts(
    connection: Connection, pasts: Mapping[ReaderKey, Past]
) -> Iterator[tuple[ReaderKey, Past]]:
    """Give the same readers with all their hits."""
    hits = load_hits(connection, pasts)
    for key, past in pasts.items():
        yield key, Past(past.reader, hits.get(key, ()))
