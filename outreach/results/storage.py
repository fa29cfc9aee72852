"""Files under their own SHA-256: the same bytes are kept once, and no name can lead elsewhere.

A file is received beside its place, checked by its content, made durable and moved there in one
step; whoever looks finds it whole or not at all. No database is touched: store first, then write
the row, so that no transaction waits for an upload.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

from outreach.core.errors import NotFound, Refusal
from outreach.core.extras import late
from outreach.results.inspection import UnfitFile, count_pages

if TYPE_CHECKING:
    from outreach.results import redrawing
else:
    redrawing = late("outreach.results.redrawing")

LARGEST = 50_000_000
"""50 MB, in the decimal units in which sizes are shown."""
PIECE = 1 << 20
ABANDONED_AFTER = 24 * 3600
_SHA256 = re.compile(r"[0-9a-f]{64}")


class StorageUnavailable(Refusal):
    """The folder of documents cannot be written: full, missing or closed to us."""

    status = 503


class FileKind(StrEnum):
    """What an upload has to be."""

    PDF = "pdf"
    PICTURE = "picture"


@dataclass(frozen=True)
class Stored:
    """A kept file; pages are a PDF's, width and height (pixels) a picture's."""

    sha256: str
    size: int
    content_type: str
    pages: int | None = None
    width: int | None = None
    height: int | None = None


def store(stream: IO[bytes], folder: Path, *, kind: FileKind) -> Stored:
    """Keep what `stream` gives under `folder` and return where and what it is.

    Raises UnfitFile when it is empty, passes 50 MB or is no whole PDF or picture, and
    StorageUnavailable when the folder cannot be written.
    """
    with _workplace(folder) as incoming:
        received = _receive(stream, incoming)
        if kind is FileKind.PICTURE:
            return _keep_picture(received, incoming, folder)
        pages = count_pages(received)
        return _keep(received, folder, "application/pdf", pages=pages)


def path_of(folder: Path, sha256: str) -> Path:
    """Return where the file with this digest lies; raises NotFound when it is none of ours."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound
    return folder / sha256[:2] / sha256


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a path beside the kept files; whatever is left there afterwards is taken away."""
    incoming = folder / "incoming"
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        _sweep(incoming)
        with NamedTemporaryFile(dir=incoming, delete=False) as file:
            place = Path(file.name)
        try:
            yield place
        finally:
            place.unlink(missing_ok=True)
            _redrawn(place).unlink(missing_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            "The file could not be kept: the folder of documents cannot be written.",
            "Ask your administrator to look at its disk; `outreach doctor` says more.",
        ) from error


def _sweep(incoming: Path) -> None:
    """Take away what a process that was killed left behind a day ago."""
    for path in incoming.iterdir():
        if path.stat().st_mtime < time.time() - ABANDONED_AFTER:
            path.unlink(missing_ok=True)


def _receive(stream: IO[bytes], place: Path) -> Path:
    size = 0
    with place.open("wb") as file:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > LARGEST:
                raise UnfitFile("This file is larger than 50 MB.", "Choose a smaller one.")
            file.write(piece)
    if not size:
        raise UnfitFile("This file is empty.", "Choose another.")
    return place


def _keep_picture(received: Path, place: Path, folder: Path) -> Stored:
    drawn = _redrawn(place)
    facts = redrawing.redraw(received, drawn)
    return _keep(drawn, folder, facts.content_type, width=facts.width, height=facts.height)


def _redrawn(place: Path) -> Path:
    return place.with_suffix(".drawn")


def _keep(
    path: Path,
    folder: Path,
    content_type: str,
    *,
    pages: int | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Stored:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    size = path.stat().st_size
    target = path_of(folder, sha256)
    target.parent.mkdir(exist_ok=True)
    path.chmod(0o640)
    path.replace(target)
    _make_durable(target.parent)
    return Stored(sha256, size, content_type, pages, width, height)


def _make_durable(directory: Path) -> None:
    """Let the new name survive a power cut as well (fsync(2): directories need their own)."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
