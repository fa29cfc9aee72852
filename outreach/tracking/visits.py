"""Telling one visit from another where no letter does: by a key that never leaves memory.

A keyed hash of the caller's address and agent, under a key made anew each day, finds the visit a
request belongs to for half an hour; what is written is the visit's own random number, which leads
nowhere. A restart may count one visit
twice, and so may two web processes.
"""

import secrets
import threading
from collections import OrderedDict
from datetime import date, datetime
from hashlib import blake2b

from outreach.core.signing import NONCE_BYTES
from outreach.tracking.labels import VISIT

MOST = 100_000
"""Visits kept in mind at once; beyond it the one silent for longest is forgotten."""


class Visits:
    """The visits of one web process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day: date | None = None
        self._key = b""
        self._visits: OrderedDict[bytes, tuple[bytes, datetime]] = OrderedDict()

    def visit_of(self, address: str, user_agent: str, about: str, now: datetime) -> bytes:
        """Return the visit (8 random bytes) of a caller, told apart by what it is `about`.

        The same caller half an hour silent, or on another day, begins another visit.
        """
        with self._lock:
            self._begin_day(now.date())
            caller = f"{address}\0{user_agent}\0{about}".encode("utf-8", "replace")
            mark = blake2b(caller, key=self._key, digest_size=16).digest()
            visit, seen = self._visits.get(mark, (b"", now))
            if not visit or now - seen > VISIT:
                visit = secrets.token_bytes(NONCE_BYTES)
            self._visits[mark] = visit, now
            self._visits.move_to_end(mark)
            self._forget_old(now)
            return visit

    def __len__(self) -> int:
        return len(self._visits)

    def _begin_day(self, today: date) -> None:
        if today != self._day:
            self._day, self._key = today, secrets.token_bytes(32)
            self._visits.clear()

    def _forget_old(self, now: datetime) -> None:
        while self._visits:
            mark, (_, seen) = next(iter(self._visits.items()))
            if len(self._visits) <= MOST and now - seen <= VISIT:
                return
            del self._visits[mark]
