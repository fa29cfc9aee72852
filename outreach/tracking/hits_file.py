"""Hits files: where a web process keeps a hit before it answers, whatever the database does.

One file per process and stretch of time, named after host, process and chance, appended to by a
single write(2) per hit. The answer follows that write: from then on a killed process loses nothing
(the line is in the page cache). fdatasync follows within 50 ms, so that a power cut takes no more
than the last 50 ms and what the disk itself needs.

The writer holds an exclusive lock (flock) on its file. Whoever gets that lock knows that nobody
will ever append again: the process rotated, fell idle, or was killed.
"""

import fcntl
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import structlog

from outreach.tracking.records import DamagedRecord, HitRecord, decode

log = structlog.get_logger()
SUFFIX = ".hits"
LARGEST = 16 * 1024 * 1024
SYNC_SECONDS = 0.05
IDLE_SECONDS = 60.0
"""After so long without a hit the file is closed, so that it can be applied and taken away."""
OLDEST_SECONDS = 600.0
"""So long a file is written at most: its lines tell which letters were followed, and shall not
outlast by long a reader's taking the agreement back."""
BLOCK = 1 << 19


def hits_folder(worker_folder: Path) -> Path:
    """Return where this host's web processes keep their hits files."""
    return worker_folder / "hits"


class HitsWriter:
    """Appends hits for one process; safe to share between threads, and to inherit by a fork."""

    def __init__(
        self,
        folder: Path,
        *,
        largest: int = LARGEST,
        idle_seconds: float = IDLE_SECONDS,
        oldest_seconds: float = OLDEST_SECONDS,
    ) -> None:
        self._folder = folder
        self._largest = largest
        self._idle_seconds = idle_seconds
        self._oldest_seconds = oldest_seconds
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._descriptor: int | None = None
        self._keeper: threading.Thread | None = None
        self._pid = 0
        self._size = 0
        self._end = 0.0
        self._is_torn = False

    def append(self, line: bytes) -> bool:
        """Keep one encoded record; False when the disk did not take it whole.

        The file is opened at the first hit, in the process that serves it.
        """
        try:
            with self._lock:
                return self._append(line)
        except OSError as error:
            log.error("a hit could not be kept", reason=str(error), folder=str(self._folder))
            return False

    def close(self) -> None:
        """Make everything durable and give the file up; the next hit opens another."""
        with self._lock:
            self._close()

    def _append(self, line: bytes) -> bool:
        if self._pid != os.getpid():
            self._leave_to_parent()
        is_full = self._size + len(line) > self._largest or time.monotonic() > self._end
        if self._descriptor is None or is_full:
            self._close()
            self._open()
        assert self._descriptor is not None
        if self._is_torn:
            line = b"\n" + line
        written = os.write(self._descriptor, line)
        self._is_torn = written != len(line)
        self._size += written
        if not self._changed.is_set():
            self._changed.set()
        return not self._is_torn

    def _leave_to_parent(self) -> None:
        """After a fork: the file, its lock and the thread are the parent's."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._keeper = None, None
        self._changed = threading.Event()
        self._pid = os.getpid()

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _new_name()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._descriptor = os.open(path, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._size, self._is_torn = 0, False
        self._end = time.monotonic() + self._oldest_seconds
        _sync_folder(self._folder)
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="hits file", daemon=True)
            self._keeper.start()

    def _close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            # Said outright: `_sync` may hold a copy, which would keep the lock a while longer.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            _make_durable(descriptor)

    def _keep(self) -> None:
        """Make what was appended durable, until there has been nothing to do for a while."""
        changed = self._changed
        while True:
            while changed.wait(self._idle_seconds):
                time.sleep(SYNC_SECONDS)
                changed.clear()
                self._sync()
            with self._lock:
                if not changed.is_set():
                    self._close()
                    self._keeper = None
                    return

    def _sync(self) -> None:
        with self._lock:
            # A descriptor of our own: the file may be rotated while the disk is busy.
            copy = None if self._descriptor is None else os.dup(self._descriptor)
        if copy is not None:
            _make_durable(copy)


def _make_durable(descriptor: int) -> None:
    """Sync and close; a disk that refuses is said, and costs no answer."""
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        log.error("hits may not survive a power cut", reason=str(error))
    finally:
        os.close(descriptor)


def _new_name() -> str:
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:60] or "host"
    return f"{host}-{os.getpid()}-{token_hex(6)}{SUFFIX}"


def _sync_folder(folder: Path) -> None:
    """Let the new name survive a power cut as well (fsync(2): directories need their own)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hits file: its record, or None for garbage, and the offset behind it."""

    record: HitRecord | None
    end: int


def hits_files(folder: Path) -> list[Path]:
    """Return the hits files of this host, of living and of dead processes."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def is_finished(path: Path) -> bool:
    """Say whether nobody will append to this file any more."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def read_lines(path: Path, offset: int, limit: int) -> list[Line]:
    """Return at most `limit` whole lines from `offset` on.

    What follows the last line feed is still being written, or was torn when the writer was killed:
    then, once the file is finished, it is garbage.
    """
    was_finished = is_finished(path)
    with path.open("rb") as file:
        file.seek(offset)
        block = file.read(BLOCK)
        is_last = not file.read(1)
    whole, feed, rest = block.rpartition(b"\n")
    lines = list(_lines(whole, offset, limit)) if feed else []
    is_garbage = rest and ((was_finished and is_last) or len(rest) == BLOCK)
    if is_garbage and len(lines) < limit:
        lines.append(Line(None, offset + len(block)))
    return lines


def _lines(whole: bytes, offset: int, limit: int) -> Iterator[Line]:
    for text in whole.split(b"\n", limit)[:limit]:
        offset += len(text) + 1
        try:
            yield Line(decode(text), offset)
        except DamagedRecord:
            yield Line(None, offset)
