"""Telling one visit from another where no letter does: by a key that never leaves memory.

A keyed hash of the caller's address and agent, under a key made anew each day, finds the visit a
request belongs to for half an hour; what is written is the visit's own random number, which leads
nowhere. A restart may count one visit twice, and so may two web processes.
"""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import blake2b

from outreach.core import clock
from outreach.core.signing import NONCE_BYTES
from outreach.tracking.labels import VISIT

MOST = 100_000
"""Visits kept in mind at once; beyond it the one silent for longest is forgotten."""
STRETCHES = 8
"""In so many parts the visits are kept. Parts are let go whole, so that the memory of a flood's
comings and goings stays what it was; a single table is laid out anew again and again."""
STRETCH_SECONDS = 300
SWEEP_SECONDS = 60.0
"""How often old visits are forgotten while nobody calls."""
_MARK_BYTES = 12
"""96 bits: with so few visits at once no two callers share a mark."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOW = int(VISIT.total_seconds())


class Visits:
    """The visits of one web process; `now` tells the time while nobody calls."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = clock.now,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._now = now
        self._sweep_seconds = sweep_seconds
        self._lock = threading.Lock()
        self._day: date | None = None
        self._key = b""
        self._stretches: deque[dict[bytes, bytes]] = deque()
        """{mark: the visit, then the second it was last seen}, those last seen at last."""
        self._begun = 0
        self._sweeper: threading.Thread | None = None

    def visit_of(self, address: str, user_agent: str, about: str, now: datetime) -> bytes:
        """Return the visit (8 random bytes) of a caller, told apart by what it is `about`.

        The same caller half an hour silent, or on another day, begins another visit.
        """
        caller = f"{address}\0{user_agent}\0{about}".encode("utf-8", "replace")
        second = _second(now)
        with self._lock:
            self._begin_day(now.date())
            mark = blake2b(caller, key=self._key, digest_size=_MARK_BYTES).digest()
            known = self._taken(mark)
            if known is None or second - _seen(known) > _WINDOW:
                visit = secrets.token_bytes(NONCE_BYTES)
            else:
                visit = known[:NONCE_BYTES]
            self._stretch(second)[mark] = visit + second.to_bytes(5, "big")
            if self._sweeper is None or not self._sweeper.is_alive():
                # Also after a fork, which leaves threads behind.
                self._sweeper = threading.Thread(target=self._sweep, name="visits", daemon=True)
                self._sweeper.start()
            return visit

    def __len__(self) -> int:
        return sum(map(len, self._stretches))

    def _begin_day(self, today: date) -> None:
        if today != self._day:
            self._day, self._key = today, secrets.token_bytes(32)
            self._stretches.clear()

    def _taken(self, mark: bytes) -> bytes | None:
        """Take what is known by a mark out of its stretch: it goes on in the present one."""
        for stretch in reversed(self._stretches):
            if mark in stretch:
                return stretch.pop(mark)
        return None

    def _stretch(self, second: int) -> dict[bytes, bytes]:
        """Return the present stretch; a full or an old one is followed by another."""
        stretches, room = self._stretches, MOST // STRETCHES
        is_over = not stretches or second - self._begun >= STRETCH_SECONDS
        if is_over or len(stretches[-1]) >= room:
            self._forget_old(second)
            while len(self) > MOST - room:
                stretches.popleft()
            stretches.append({})
            self._begun = second
        return stretches[-1]

    def _forget_old(self, second: int) -> None:
        """Forget who has been silent for too long; they stand in the first stretches."""
        least = second - _WINDOW
        while self._stretches:
            first = self._stretches[0]
            kept = {mark: known for mark, known in first.items() if _seen(known) >= least}
            if kept:
                self._stretches[0] = kept if len(kept) < len(first) else first
                return
            self._stretches.popleft()

    def _sweep(self) -> None:
        """Keep the promise of half an hour also while nobody calls; ends when nothing is left."""
        while True:
            time.sleep(self._sweep_seconds)
            with self._lock:
                self._forget_old(_second(self._now()))
                if not self._stretches:
                    self._key, self._day, self._sweeper = b"", None, None
                    return


def _second(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())


def _seen(known: bytes) -> int:
    return int.from_bytes(known[NONCE_BYTES:], "big")
