"""Processes that keep hits and say of each when it is acknowledged; killed by a test."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from outreach.core.signing import TokenKind
from outreach.tracking.hits_file import HitsWriter
from outreach.tracking.records import Face, HitRecord, encode


def hit(number: int) -> HitRecord:
    """Return a hit that can be told from all others by its number."""
    return HitRecord(
        at=datetime(2026, 3, 2, tzinfo=UTC),
        face=Face.OPEN,
        kind=TokenKind.UNLINKED,
        mailing_id=1,
        number=1,
        nonce=number.to_bytes(8, "big"),
        link_number=0,
        document_id=0,
        version_id=0,
        method="GET",
        is_prefetch=False,
        is_range=False,
        family="chrome",
        visit=b"",
    )


def main() -> None:
    """Fork for each line read, so that a test with five processes waits for one interpreter.

    A line is a folder and a number: the child appends hits from this number on until it is killed.
    It says its process id, then the number of each hit once that is acknowledged; when it has
    ended, its parent says "end". With the number 0 it forks in mid-work, see `_fork`.
    """
    for line in sys.stdin:
        folder, _, number = line.rpartition(" ")
        child = os.fork()
        if child == 0:
            os.write(1, b"%d\n" % os.getpid())
            if int(number):
                _append(Path(folder), int(number))
            os._exit(_fork(Path(folder)))
        status = os.waitpid(child, 0)[1]
        os.write(1, b"end %d\n" % status)


def _append(folder: Path, number: int) -> NoReturn:
    writer = HitsWriter(folder, largest=20_000)
    while True:
        if writer.append(encode(hit(number))):
            os.write(1, b"%d\n" % number)
        number += 1


def _fork(folder: Path) -> int:
    """Keep hit 2, and hit 3 in a child with the same writer; 0 when both were acknowledged."""
    writer = HitsWriter(folder)
    if not writer.append(encode(hit(2))):
        return 1
    child = os.fork()
    if child == 0:
        os._exit(0 if writer.append(encode(hit(3))) else 1)
    return os.WEXITSTATUS(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
