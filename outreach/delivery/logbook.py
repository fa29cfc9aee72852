"""The logbook: what a sender has in hand and what the server said, before the database knows.

One small file in a directory of the worker's own, 16 checksummed bytes a record, written with one
`pwrite`: it survives kill -9 at once and a power cut after 50 ms (fdatasync). Whoever holds the
directory's lock next replays it. Room is taken in advance and kept, so that a full disk stops the
sending before a letter leaves and not after.
"""

import errno
import fcntl
import itertools
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Self

RECORD = struct.Struct(">IIBBH")
RECORD_BYTES = 16
ROOM = 512 * 1024
"""Room for 32,768 records; a letter needs two."""
RECORDS_PER_LETTER = 2
SYNC_SECONDS = 0.05


class Mark(IntEnum):
    """What a record says of a letter."""

    IN_HAND = 1
    ACCEPTED = 2
    NOT_ACCEPTED = 3
    """Refused or deferred: the server has no copy."""


class DirectoryTaken(Exception):
    """Another process works in this directory; an expected outcome, caught by the caller."""


class Logbook:
    """The logbook of one worker directory, held by one process at a time."""

    def __init__(self, directory: Path) -> None:
        """Take the directory; raises DirectoryTaken, or OSError when the disk has no room."""
        directory.mkdir(parents=True, exist_ok=True)
        self.name = directory.name
        self._lock = _take(directory / "lock")
        self._file = os.open(directory / "logbook", os.O_RDWR | os.O_CREAT, 0o600)
        self._offset = sum(RECORD_BYTES for _ in self._records())
        self._is_dirty = threading.Event()
        self._is_closed = threading.Event()
        self._writing = threading.Lock()
        self._syncer: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return self._offset == 0

    def reserve(self) -> None:
        """Take the room it may ever need, begin to sync; raises OSError when the disk is full."""
        os.posix_fallocate(self._file, 0, ROOM)
        if self._syncer is None:
            self._syncer = threading.Thread(target=self._sync_often, daemon=True)
            self._syncer.start()

    def has_room_for(self, letters: int) -> bool:
        """Whether so many more letters can be written before it has to be cleared."""
        return self._offset + letters * RECORDS_PER_LETTER * RECORD_BYTES <= ROOM

    def write(
        self, mailing_id: int, number: int, mark: Mark, next_in_hand: int | None = None
    ) -> None:
        """Append a record; it is in the operating system's hands when this returns.

        `next_in_hand` is the number of the letter that is taken in hand by the same write. Raises
        OSError when the disk fails, or once the logbook was let go.
        """
        records = _record(mailing_id, number, mark)
        if next_in_hand is not None:
            records += _record(mailing_id, next_in_hand, Mark.IN_HAND)
        with self._writing:
            if self._is_closed.is_set():
                raise OSError(errno.EBADF, "the logbook was let go")
            os.pwrite(self._file, records, self._offset)
            self._offset += len(records)
        if not self._is_dirty.is_set():  # to look costs a tenth of setting it
            self._is_dirty.set()

    def marks(self) -> dict[tuple[int, int], Mark]:
        """Return the last mark of every letter in it, by (mailing, number)."""
        return {(mailing_id, number): mark for mailing_id, number, mark in self._records()}

    def clear(self) -> None:
        """Forget everything, once the database knows it; the room stays taken."""
        with self._writing:
            os.pwrite(self._file, bytes(self._offset), 0)
            os.fdatasync(self._file)
            self._offset = 0

    def close(self) -> None:
        """Let the directory go; what is in the logbook stays for the next one."""
        with self._writing:
            self._is_closed.set()
        self._is_dirty.set()
        if self._syncer:
            self._syncer.join()
        os.close(self._file)
        os.close(self._lock)

    def _records(self) -> Iterator[tuple[int, int, Mark]]:
        """Give the sound records from the beginning; a torn one ends them."""
        data = os.pread(self._file, ROOM, 0)
        for start in range(0, len(data) - RECORD_BYTES + 1, RECORD_BYTES):
            body, check = data[start : start + 12], data[start + 12 : start + RECORD_BYTES]
            mailing_id, number, mark, _, _ = RECORD.unpack(body)
            if zlib.crc32(body).to_bytes(4, "big") != check or mark not in set(Mark):
                return
            yield mailing_id, number, Mark(mark)

    def _sync_often(self) -> None:
        while not self._is_closed.is_set():
            self._is_dirty.wait()
            self._is_dirty.clear()
            os.fdatasync(self._file)
            self._is_closed.wait(SYNC_SECONDS)


def _record(mailing_id: int, number: int, mark: Mark) -> bytes:
    body = RECORD.pack(mailing_id, number, mark, 0, 0)
    return body + zlib.crc32(body).to_bytes(4, "big")


def _take(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise DirectoryTaken(path.parent) from error
    return lock


def take_free_directory(folder: Path) -> Logbook:
    """Return the logbook of the first directory that no process works in and none left behind.

    What an ended process wrote must be replayed before anything is written over it.
    """
    for number in itertools.count(1):
        try:
            book = Logbook(folder / f"worker-{number}")
        except DirectoryTaken:
            continue
        if book.is_empty:
            return book
        book.close()
    raise AssertionError  # a count has no end


def left_behind(folder: Path) -> Iterator[Logbook]:
    """Give, one after the other, the logbooks of processes that have ended."""
    for path in sorted(folder.glob("worker-*")):
        try:
            book = Logbook(path)
        except DirectoryTaken:
            continue
        with book:
            yield book
