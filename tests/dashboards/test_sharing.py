"""Staff and partners make share links of their project; partners see no live figure."""

import re

from outreach.core.db import db
from outreach.dashboards.snapshots import build_tables
from outreach.tracking.share_models import ShareLink
from tests.cast import Cast
from tests.web_client import post


def _address(cast: Cast) -> str:
    return f"/dashboards/smarturbi-{cast.project_id}/share-links"


def _make(cast: Cast, **changed: str) -> str:
    result_id = cast.make.result(cast.project_id, slug=f"r-{cast.make.number()}")
    form = {"target": f"result:{result_id}", "channel": "event", "label": "<b>Fair</b>", **changed}
    return post(cast.ben, _address(cast), form, follow_redirects=True).text


def test_a_partner_makes_a_share_link_and_finds_address_and_code(cast: Cast) -> None:
    page = _make(cast)

    assert "ready to be handed on" in page
    assert "&lt;b&gt;Fair&lt;/b&gt;" in page
    assert re.search(r"http://localhost/t/s/[a-z2-9]{6}", page)
    assert "0 visits" not in page
    assert "0 visits" in cast.ada.get(_address(cast)).text
    code = cast.ben.get(f"{_address(cast)}/1.svg")
    assert code.mimetype == "image/svg+xml"


def test_others_projects_have_no_share_links_for_a_partner(cast: Cast) -> None:
    _make(cast)

    assert cast.cleo.get(_address(cast)).status_code == 404
    assert post(cast.cleo, _address(cast), {"label": "x"}).status_code == 404
    assert cast.cleo.get(f"{_address(cast)}/1.svg").status_code == 404


def test_what_is_missing_or_foreign_is_said(cast: Cast) -> None:
    assert "Give it a name" in _make(cast, label="")
    assert "Not made" in _make(cast, target="result:999")
    assert "Not made" in _make(cast, channel="pigeon")

    with cast.make.app.app_context():
        assert db.session.query(ShareLink).count() == 0


def test_channels_stand_in_what_is_published(cast: Cast) -> None:
    _make(cast)

    with cast.make.app.app_context():
        tables = build_tables(db.session(), cast.project_id, threshold=5)

    assert tables.channels == (("<b>Fair</b>", "An event", 0, 0, 0),)
