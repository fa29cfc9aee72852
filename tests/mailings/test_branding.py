"""Brands: a project's look goes before its network's, and stays legible whatever was chosen."""

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from outreach.core.db import db, transaction
from outreach.mailings.brand_models import Brand
from outreach.mailings.models import Mailing
from outreach.mailings.rendering.colours import LEAST_CONTRAST, contrast, scheme
from outreach.mailings.rendering.fonts import FONTS
from outreach.projects.models import Project
from tests.cast import Cast
from tests.mailings.factories import MailingFactory
from tests.web_client import post

STAFF = "/staff/mailings"


@pytest.fixture
def ada(cast: Cast) -> FlaskClient:
    return cast.ada


def _png() -> io.BytesIO:
    data = io.BytesIO()
    Image.new("RGB", (300, 100), "#336699").save(data, format="PNG")
    data.seek(0)
    return data


def test_letters_wear_what_was_set_for_their_project(
    ada: FlaskClient, visitor: FlaskClient, room: MailingFactory, cast: Cast
) -> None:
    draft = room.mailing(cast.project_id)
    look = {"accent": "#FFEE00", "font": "sans", "imprint": "Answers for it: Ada <Byron>"}

    set_ = post(
        ada,
        f"{STAFF}/brands/project/{cast.project_id}",
        {**look, "logo": (_png(), "logo.png")},
        follow_redirects=True,
    )
    letter = ada.get(f"{STAFF}/{draft}/preview/letter").text
    text = ada.get(f"{STAFF}/{draft}/preview?view=text").text

    shown = scheme("#ffee00").light.accent
    assert contrast(shown, "#ffffff") >= LEAST_CONTRAST
    assert f"The colour is shown as {shown}" in set_.text
    assert shown in letter
    assert "Charter" not in letter
    assert "Ada &lt;Byron&gt;" in letter
    assert "Answers for it: Ada &lt;Byron&gt;" in text
    logo = letter.split("/mailings/pictures/")[1][:64]
    with visitor.get(f"/mailings/pictures/{logo}") as picture:
        assert picture.content_type == "image/png"


def test_a_project_without_a_look_wears_its_networks(
    ada: FlaskClient, room: MailingFactory, cast: Cast
) -> None:
    draft = room.mailing(cast.project_id)
    with cast.make.app.app_context():
        network_id = db.session.get_one(Project, cast.project_id).call.network_id

    post(ada, f"{STAFF}/brands/network/{network_id}", {"accent": "#8c2d5a", "font": "serif"})
    of_network = ada.get(f"{STAFF}/{draft}/preview/letter").text
    post(ada, f"{STAFF}/brands/project/{cast.project_id}", {"accent": "", "font": "serif"})
    of_project = ada.get(f"{STAFF}/{draft}/preview/letter").text

    assert "#8c2d5a" in of_network
    assert "#8c2d5a" not in of_project


def test_headlines_wear_the_font_that_was_chosen(
    ada: FlaskClient, room: MailingFactory, cast: Cast
) -> None:
    draft = room.mailing(cast.project_id)
    at = f"{STAFF}/brands/project/{cast.project_id}"

    post(ada, at, {"accent": "", "font": "palatino"})
    letter = ada.get(f"{STAFF}/{draft}/preview/letter").text

    assert FONTS["palatino"].stack in letter.split("<h1", 1)[1].split(">", 1)[0]
    assert re.search(r'checked[^>]*value="palatino"', ada.get(at).text)


def test_a_font_that_is_not_in_the_list_is_refused(ada: FlaskClient, cast: Cast) -> None:
    at = f"{STAFF}/brands/project/{cast.project_id}"

    refused = post(ada, at, {"accent": "", "font": "x;}body{"})

    assert refused.status_code == 422
    assert len({font.stack for font in FONTS.values()}) == len(FONTS) >= 6
    assert {font.stack.rsplit(",", 1)[1] for font in FONTS.values()} == {"serif", "sans-serif"}


def test_what_is_no_colour_is_refused_and_foreign_owners_are_missing(
    ada: FlaskClient, cast: Cast
) -> None:
    at = f"{STAFF}/brands/project/{cast.project_id}"
    refused = post(ada, at, {"accent": "red", "font": "serif"})

    assert refused.status_code == 422
    assert "This is no colour" in refused.text
    assert ada.get(f"{STAFF}/brands").status_code == 200
    assert ada.get(f"{STAFF}/brands/project/9999").status_code == 404
    assert cast.ben.get(at).status_code == 403


def test_taking_the_logo_away_keeps_the_rest(ada: FlaskClient, cast: Cast) -> None:
    at = f"{STAFF}/brands/project/{cast.project_id}"
    post(ada, at, {"accent": "#8c2d5a", "font": "sans", "logo": (_png(), "logo.png")})
    post(ada, at, {"accent": "#8c2d5a", "font": "sans", "without_logo": "y"})

    with cast.make.app.app_context(), transaction() as session:
        brand = session.scalars(select(Brand)).one()
        assert (brand.accent, brand.font, brand.logo_sha256) == ("#8c2d5a", "sans", None)
        assert session.scalars(select(Mailing)).all() == []
