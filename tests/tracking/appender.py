"""A process that keeps hits and says of each when it is acknowledged; killed by a test."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

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
    """Append until killed; the number of each hit is written out once it is acknowledged."""
    writer = HitsWriter(Path(sys.argv[1]), largest=20_000)
    number = int(sys.argv[2])
    while True:
        if writer.append(encode(hit(number))):
            os.write(1, b"%d\n" % number)
        number += 1


if __name__ == "__main__":
    main()
