"""Parts of pictures around their focal points: cut once, when a block is saved, and kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.core.db import Base
from outreach.core.errors import Refusal
from outreach.core.extras import late
from outreach.mailings.blocks import Contact, Content, Picture, TargetKind, parse_target
from outreach.mailings.pictures import keep_file
from outreach.results.storage import FileKind, Stored, path_of, store

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = late("PIL.Image")

RATIOS = {"wide": 16 / 9, "square": 1.0}
"""Width to height of each shape."""


class PictureCrop(Base):
    """A part of a picture, as a picture of its own."""

    __tablename__ = "picture_crop"

    source_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    shape: Mapped[str] = mapped_column(String(10), primary_key=True)
    focus_x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    focus_y: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    picture_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)


@dataclass(frozen=True, slots=True)
class Crop:
    """Which part of a picture is wanted."""

    source: str
    """What the block calls the picture: "file:12"."""
    shape: str
    focus_x: int
    focus_y: int

    @property
    def key(self) -> str:
        """Its name in a letter's context: "12:wide:50:30"."""
        name = parse_target(self.source).name
        return f"{name}:{self.shape}:{self.focus_x}:{self.focus_y}"


def crop_of(block: Picture | Contact) -> Crop | None:
    """Return which part of a picture a block shows; None for all of it, or none."""
    is_portrait = isinstance(block, Contact)
    source = block.picture if isinstance(block, Contact) else block.source
    shape = "square" if is_portrait else getattr(block, "shape", "whole")
    if not source or shape not in RATIOS or parse_target(source).kind is not TargetKind.FILE:
        return None
    return Crop(source, shape, block.focus_x, block.focus_y)


def crops_in(content: Content) -> Iterator[Crop]:
    """Return the parts of pictures that a letter shows in any language."""
    for block in content.blocks:
        if isinstance(block, Picture | Contact):
            for words in ({}, *block.texts.values()):
                known = {name: words[name] for name in words if name in type(block).model_fields}
                if crop := crop_of(block.model_copy(update=known)):
                    yield crop


def box(size: tuple[int, int], shape: str, focus_x: int, focus_y: int) -> tuple[int, int, int, int]:
    """Return the largest part of a picture in a shape whose middle is as near as can be to its
    focal point (per cent from the left and from the top): left, top, right, bottom in pixels."""
    width, height = size
    wanted = RATIOS[shape]
    wide = min(width, max(1, round(height * wanted)))
    high = min(height, max(1, round(width / wanted)))
    left = min(max(0, round(width * focus_x / 100 - wide / 2)), width - wide)
    top = min(max(0, round(height * focus_y / 100 - high / 2)), height - high)
    return left, top, left + wide, top + high


def cut(folder: Path, sha256: str, crop: Crop) -> Stored | None:
    """Cut a part out of a stored picture and keep it; None when it cannot be cut.

    A picture that was not cut is shown whole, so nobody is bothered with the reason.
    """
    part = BytesIO()
    try:
        with Image.open(path_of(folder, sha256)) as picture:
            found = picture.crop(box(picture.size, crop.shape, crop.focus_x, crop.focus_y))
            if found.has_transparency_data:
                found.save(part, "PNG")
            else:
                found.convert("RGB").save(part, "JPEG", quality=95)
        part.seek(0)
        return store(part, folder, kind=FileKind.PICTURE)
    except (OSError, ValueError, Refusal):
        return None


def keep_crop(session: Session, sha256: str, crop: Crop, cut_out: Stored, *, now: datetime) -> None:
    """Write down that this picture is that part of the other."""
    keep_file(session, cut_out, now=now)
    session.merge(
        PictureCrop(
            source_sha256=sha256,
            shape=crop.shape,
            focus_x=crop.focus_x,
            focus_y=crop.focus_y,
            picture_sha256=cut_out.sha256,
        )
    )


def known_crops(
    session: Session, wanted: Iterable[tuple[str, Crop]]
) -> Mapping[tuple[str, Crop], str]:
    """Return {(digest of the source, crop): digest of the part} of those that were cut."""
    asked = {(sha256, c.shape, c.focus_x, c.focus_y): (sha256, c) for sha256, c in wanted}
    if not asked:
        return {}
    columns: tuple[Any, ...] = (
        PictureCrop.source_sha256,
        PictureCrop.shape,
        PictureCrop.focus_x,
        PictureCrop.focus_y,
    )
    rows = session.scalars(select(PictureCrop).where(tuple_(*columns).in_(list(asked))))
    return {
        asked[row.source_sha256, row.shape, row.focus_x, row.focus_y]: row.picture_sha256
        for row in rows
    }


def is_crop(session: Session, sha256: str) -> bool:
    """Say whether a stored file is a part of a picture, which everybody may load."""
    found = select(PictureCrop.source_sha256).where(PictureCrop.picture_sha256 == sha256)
    return session.scalar(found.limit(1)) is not None
