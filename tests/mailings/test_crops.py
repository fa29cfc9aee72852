"""Parts of pictures: around the focal point, cut when the block is saved, shown in the letter."""

from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from outreach.core.db import db
from outreach.mailings import blocks
from outreach.mailings.blocks import compose, load
from outreach.mailings.crops import PictureCrop, box, crops_in
from outreach.mailings.models import Mailing
from tests.cast import Cast
from tests.mailings.factories import MailingFactory
from tests.mailings.rendering_kit import letter_of
from tests.web_client import post

STAFF = "/staff/mailings"


@pytest.mark.parametrize(
    ("shape", "focus", "expected"),
    [
        ("square", (50, 50), (200, 0, 600, 400)),
        ("square", (0, 0), (0, 0, 400, 400)),
        ("square", (100, 3), (400, 0, 800, 400)),
        ("square", (30, 50), (40, 0, 440, 400)),
        ("wide", (50, 50), (44, 0, 755, 400)),
    ],
)
def test_a_part_keeps_its_focal_point_in_sight(
    shape: str, focus: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    assert box((800, 400), shape, *focus) == expected
    assert box((1, 1), shape, *focus) == (0, 0, 1, 1)


def test_a_letter_shows_the_part_where_it_was_cut_and_else_the_whole() -> None:
    block = {"kind": "picture", "source": "file:12", "alt": "A", "shape": "wide", "focus_x": 10}
    whole, part = "https://outreach.example.org/w.jpg", "https://outreach.example.org/p.jpg"

    cut = letter_of(block, pictures={"12": whole, "12:wide:10:50": part})
    uncut = letter_of(block, pictures={"12": whole})

    assert part in cut.html
    assert whole not in cut.html
    assert whole in uncut.html
    said = blocks.translate(compose([block]), "b1", "de", {**block, "focus_x": 90})
    assert [crop.key for crop in crops_in(said)] == ["12:wide:10:50", "12:wide:90:50"]


def test_a_picture_is_cut_when_its_block_is_saved(
    app: Flask, cast: Cast, room: MailingFactory
) -> None:
    mailing_id = room.mailing(cast.project_id)
    picture = BytesIO()
    Image.new("RGB", (80, 40), "#0b5d66").save(picture, "PNG")
    picture.seek(0)
    at = f"{STAFF}/{mailing_id}/content/blocks"
    form = {"lock_version": "1", "alt": "Two neighbours", "shape": "square", "focus_x": "0"}
    uploaded = post(
        cast.ada, f"{at}/new/picture", {**form, "focus_y": "", "file": (picture, "two.png")}
    )
    wrong = post(cast.ada, f"{at}/b7", {**form, "lock_version": "2", "focus_x": "101"})

    assert uploaded.status_code == 302
    assert wrong.status_code == 422
    assert "Write a number from 0 to 100." in wrong.text
    with app.app_context():
        block = load(db.session.get_one(Mailing, mailing_id).content).blocks[-1]
        assert isinstance(block, blocks.Picture)
        assert (block.shape, block.focus_x, block.focus_y) == ("square", 0, 50)
        crop = db.session.scalars(select(PictureCrop)).one()
    letter = cast.ada.get(f"{STAFF}/{mailing_id}/preview/letter").text
    assert crop.picture_sha256 in letter
    assert crop.source_sha256 not in letter
    with cast.ada.get(f"/mailings/pictures/{crop.picture_sha256}") as answer:
        assert Image.open(BytesIO(answer.data)).size == (40, 40)
    page = cast.ada.get(f"{STAFF}/{mailing_id}/content?block=b7")
    assert f"/mailings/pictures/{crop.source_sha256}" in page.text


def test_a_picture_is_kept_while_its_block_still_lacks_words(
    app: Flask, cast: Cast, room: MailingFactory
) -> None:
    mailing_id = room.mailing(cast.project_id)
    at = f"{STAFF}/{mailing_id}/content/blocks/new/picture"
    picture = BytesIO()
    Image.new("RGB", (80, 40), "#2b5b9e").save(picture, "PNG")
    picture.seek(0)

    page = post(cast.ada, at, {"lock_version": 1, "alt": "", "file": (picture, "two.png")})
    source = page.text.split('<option selected value="')[1].split('"')[0]
    added = post(cast.ada, at, {"lock_version": 1, "alt": "A square", "source": source})

    assert page.status_code == 422
    assert "Describe the picture" in page.text
    assert 'class="focus-frame"' in page.text
    assert added.status_code == 302
    with app.app_context():
        block = load(db.session.get_one(Mailing, mailing_id).content).blocks[-1]
        assert (block.kind, block.model_dump()["source"]) == ("picture", source)
