"""Files are kept whole, once, under their own digest, and only if they are what they should be."""

import hashlib
import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from outreach.core.errors import NotFound
from outreach.results.inspection import UnfitFile
from outreach.results.storage import (
    LARGEST,
    FileKind,
    StorageUnavailable,
    Stored,
    path_of,
    store,
)
from tests.results import files


def _store(content: bytes, folder: Path, kind: FileKind = FileKind.PDF) -> Stored:
    return store(io.BytesIO(content), folder, kind=kind)


def _kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_pdf_is_kept_under_its_digest_with_its_pages(tmp_path: Path) -> None:
    content = files.pdf(pages=3)

    stored = _store(content, tmp_path)

    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.size, stored.content_type, stored.pages) == (len(content), "application/pdf", 3)
    assert path_of(tmp_path, stored.sha256).read_bytes() == content


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    content = files.pdf()

    first, second = _store(content, tmp_path), _store(content, tmp_path)

    assert first == second
    assert len(_kept(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<script>alert(1)</script>", "not a PDF"),
        (files.picture(), "not a PDF"),
        (b"%PDF-1.7\nthen nothing", "damaged"),
        (files.pdf()[:200], "damaged"),
        (files.PASSWORD_PDF, "password"),
    ],
    ids=["empty", "script", "picture", "header only", "cut off", "password"],
)
def test_what_is_no_readable_pdf_is_refused_with_advice(
    content: bytes, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UnfitFile) as refusal:
        _store(content, tmp_path)

    assert words in refusal.value.message
    assert refusal.value.remedy
    assert not _kept(tmp_path)


def test_a_pdf_that_swells_is_refused_in_time(tmp_path: Path) -> None:
    started = time.monotonic()

    with pytest.raises(UnfitFile):
        _store(files.bomb_pdf(500), tmp_path)

    assert time.monotonic() - started < 30
    assert not _kept(tmp_path)


def test_more_than_fifty_megabytes_are_refused_while_they_arrive(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    stream = Endless()

    with pytest.raises(UnfitFile, match="50 MB"):
        store(stream, tmp_path, kind=FileKind.PDF)  # type: ignore[arg-type]  # reads as a file does

    assert stream.given < LARGEST + 2_000_000
    assert not _kept(tmp_path)


def test_a_picture_is_drawn_anew_without_its_metadata(tmp_path: Path) -> None:
    stored = _store(files.picture_with_a_place(), tmp_path, FileKind.PICTURE)

    kept = path_of(tmp_path, stored.sha256).read_bytes()
    with Image.open(io.BytesIO(kept)) as drawn:
        assert not drawn.getexif()
        assert drawn.size == (200, 400)
    assert b"Jane" not in kept
    assert b"home" not in kept
    assert stored.content_type == "image/jpeg"


def test_a_wide_picture_becomes_1200_pixels_wide(tmp_path: Path) -> None:
    stored = _store(files.picture(size=(2400, 900)), tmp_path, FileKind.PICTURE)

    assert (stored.width, stored.height) == (1200, 450)


def test_a_drawing_stays_a_png(tmp_path: Path) -> None:
    stored = _store(files.picture("PNG"), tmp_path, FileKind.PICTURE)

    assert stored.content_type == "image/png"


@pytest.mark.parametrize("size", [(8000, 8000), (30000, 30000)], ids=["64 million", "900 million"])
def test_a_picture_bomb_is_refused_before_it_is_drawn(
    size: tuple[int, int], tmp_path: Path
) -> None:
    header = files.picture("PNG", (1, 1))
    ihdr = header.index(b"IHDR")
    bomb = header[: ihdr + 4] + size[0].to_bytes(4) + size[1].to_bytes(4) + header[ihdr + 12 :]

    with pytest.raises(UnfitFile):
        _store(bomb, tmp_path, FileKind.PICTURE)

    assert not _kept(tmp_path)


@pytest.mark.parametrize("content", [files.pdf(), b"<svg onload=alert(1)>", b"GIF89a"])
def test_what_is_no_picture_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnfitFile):
        _store(content, tmp_path, FileKind.PICTURE)

    assert not _kept(tmp_path)


@pytest.mark.parametrize("digest", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63])
def test_no_other_path_can_be_asked_for(digest: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        path_of(tmp_path, digest)


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("a file, not a folder")

    with pytest.raises(StorageUnavailable, match="administrator"):
        _store(files.pdf(), tmp_path / "documents")


def test_what_a_killed_upload_left_is_swept_after_a_day(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    left, fresh = incoming / "left", incoming / "fresh"
    left.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(left, (0, 0))

    _store(files.pdf(), tmp_path)

    assert not left.exists()
    assert fresh.exists()
