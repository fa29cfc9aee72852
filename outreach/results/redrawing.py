"""Pictures that strangers upload, drawn anew: what cannot be drawn is no picture."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from outreach.results.inspection import UnfitFile

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


@dataclass(frozen=True)
class PictureFacts:
    """What a picture became."""

    content_type: str
    width: int
    height: int


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
