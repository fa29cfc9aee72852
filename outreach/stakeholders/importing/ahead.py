"""Understanding the next rows of a file while the database works on the ones before."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import islice
from typing import NamedTuple

from outreach.core.keys import KeyRing
from outreach.stakeholders.importing.reading import Line
from outreach.stakeholders.importing.said import RowRefused
from outreach.stakeholders.importing.values import Draft, Reader

_NUL = "The row holds a NUL byte, which is no text."


class Refused(NamedTuple):
    """A row that is not understood."""

    line: Line
    reason: str
    unknown: Sequence[RowRefused]
    """Words in it that staff can explain."""


class Chunk(NamedTuple):
    """Rows of a file as far as they are understood without the database, in the file's order."""

    lines: list[Line]
    drafts: list[Draft]
    fingerprints: dict[str, str]
    """By address, of all drafts."""
    refused: list[Refused]


def next_chunk(lines: Iterator[Line], size: int, reader: Reader, ring: KeyRing) -> Chunk:
    """Read and understand up to `size` rows; none are left where the chunk has no lines."""
    taken = list(islice(lines, size))
    drafts, refused = [], []
    for line in taken:
        try:
            if line.has_nul:
                raise RowRefused(_NUL, "Type the row anew, or delete it.")
            drafts.append(reader.draft(line.number, line.cells))
        except RowRefused as reason:
            unknown = reader.unknown_words(line.cells) if reason.field else ()
            # In words: the exception would keep this frame, and with it the whole chunk.
            refused.append(Refused(line, str(reason), unknown))
    fingerprints = {draft.email: ring.fingerprint(draft.email) for draft in drafts}
    return Chunk(taken, drafts, fingerprints, refused)


class Ahead(AbstractContextManager["Ahead"]):
    """Gives chunks one after the other; the next may be made meanwhile, by a thread of its own.

    Whoever takes them says when to begin: while Python is free for long, because a database works
    on one call. Begun while SQLite is called for each row, it would make each call wait for the
    thread's turn to end, and no time would be won. SQLite takes 32,900 rows/s instead of 30,500
    where a second core is free; where none is, it wins nothing and may lose (measured).
    """

    def __init__(self, make: Callable[[], Chunk]) -> None:
        """`make` gives the next chunk; it is never called twice at a time."""
        self._make = make
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import-reader")
        self._next: Future[Chunk] | None = None

    def begin(self) -> None:
        """Begin with the next chunk, unless that was begun already."""
        if self._next is None:
            self._next = self._thread.submit(self._make)

    def take(self) -> Chunk:
        """Return the next chunk, made here where it was not begun; raises what went wrong."""
        begun, self._next = self._next, None
        return begun.result() if begun else self._make()

    def __exit__(self, *_raised: object) -> None:
        """Wait until the thread has ended; what it was making is forgotten."""
        self._thread.shutdown(cancel_futures=True)
