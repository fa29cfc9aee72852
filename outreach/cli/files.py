"""Files that commands write: what cannot be written is said in one line, before any work."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from outreach.core.errors import Refusal


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written anew; raises Refusal where it cannot be."""
    try:
        file = path.open("wb")
    except OSError as error:
        raise _refusal(path, error) from error
    with file:
        yield file


def refuse_unwritable(path: Path) -> None:
    """Raise Refusal for a file that could not be written; what stands in it stays."""
    existed = path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise _refusal(path, error) from error
    if not existed:
        path.unlink()


def _refusal(path: Path, error: OSError) -> Refusal:
    return Refusal(
        f"{path} cannot be written: {error.strerror}.",
        "Choose a folder that is there and that you may write to.",
    )
