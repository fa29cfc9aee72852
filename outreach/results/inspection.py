"""Whether an uploaded file is what it says: a PDF that opens, a picture that can be drawn.

Nothing of the sender's name or content type is believed; only the bytes count.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from outreach.core.errors import Refusal

PROBE = Path(__file__).with_name("pdf_probe.py")
PROBE_SECONDS = 20
HEADER_WITHIN = 1024
"""PDF readers look for "%PDF-" in the first kilobyte (ISO 32000-1, implementation note 13)."""
MOST_PIXELS = 50_000_000
WIDEST = 1200
PICTURE_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_BROKEN_PICTURE = (
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class UnfitFile(Refusal):
    """An uploaded file cannot be kept; the message says what to send instead."""


@dataclass(frozen=True)
class PictureFacts:
    """What a picture became."""

    content_type: str
    width: int
    height: int


def count_pages(path: Path) -> int:
    """Return a PDF's number of pages; raises UnfitFile when it is none or cannot be opened.

    The file is opened by a process of its own with 512 MB of memory and 10 s of time, because its
    parser is the part of us that reads what strangers write.
    """
    if not _begins_like_a_pdf(path):
        raise UnfitFile(
            "This file is not a PDF, whatever its name says.",
            "Save or print the document as PDF and choose that file.",
        )
    answer = _probe(path)
    if answer.isdecimal():
        return int(answer)
    if answer == "password":
        raise UnfitFile(
            "This PDF asks for a password, so readers could not open it.",
            "Save it again without protection and choose that file.",
        )
    raise UnfitFile(
        "This PDF is damaged: it does not open.",
        "Open it on your computer; if it opens there, print it as PDF and choose the new file.",
    )


def _begins_like_a_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return b"%PDF-" in file.read(HEADER_WITHIN)


def _probe(path: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - our own script, and a path that we made
            [sys.executable, "-I", str(PROBE), str(path)],
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "damaged"
    # A parser that was killed or ran out of memory says nothing: that file is not for readers.
    return answer.stdout.decode("ascii", "replace").strip() if answer.returncode == 0 else "damaged"


def redraw(source: Path, target: Path) -> PictureFacts:
    """Draw a picture anew, at most 1200 px wide and without its metadata; returns what it became.

    Raises UnfitFile for anything that is no JPEG, PNG, GIF or WebP, or too large to draw.
    """
    try:
        with Image.open(source, formats=PICTURE_FORMATS) as picture:
            _refuse_a_bomb(picture.size)
            return _draw(picture, target)
    except _BROKEN_PICTURE as error:
        raise UnfitFile(
            "This picture cannot be read.",
            "Save it as JPEG or PNG, of at most 50 million pixels, and choose that file.",
        ) from error


def _refuse_a_bomb(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise UnfitFile(
            f"This picture is too large to draw: {size[0]} by {size[1]} pixels.",
            "Make it smaller; 1200 pixels wide is enough for a letter.",
        )


def _draw(picture: Image.Image, target: Path) -> PictureFacts:
    picture.draft("RGB", (WIDEST * 2, WIDEST * 2))
    upright = ImageOps.exif_transpose(picture)
    is_see_through = upright.has_transparency_data
    drawn = upright.convert("RGBA" if is_see_through else "RGB")
    if drawn.width > WIDEST:
        height = max(1, round(drawn.height * WIDEST / drawn.width))
        drawn = drawn.resize((WIDEST, height), Image.Resampling.LANCZOS)
    # What is left of names, places and cameras stands in `info`, and savers would write it.
    drawn.info.clear()
    is_drawing = is_see_through or picture.format in {"PNG", "GIF"}
    if is_drawing:
        drawn.save(target, "PNG", optimize=True)
    else:
        drawn.save(target, "JPEG", quality=85, optimize=True, progressive=True)
    return PictureFacts("image/png" if is_drawing else "image/jpeg", drawn.width, drawn.height)
