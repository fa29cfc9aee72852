"""A link without an account: every variant, comments, “I agree”, and nothing to be changed."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.mailings.blocks import load
from outreach.mailings.models import Mailing, MailingState
from outreach.mailings.review_links import LONGEST_COMMENT, comments_of, links_of
from outreach.mailings.review_models import ReviewLink
from outreach.mailings.subject_test import SubjectLine, SubjectTest
from tests.cast import Cast
from tests.mailings.factories import MailingFactory
from tests.web_client import post

STAFF = "/staff/mailings"
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} \u202eevil \x00 {name|x}"


@pytest.fixture
def draft(room: MailingFactory, cast: Cast) -> int:
    mailing_id = room.mailing(cast.project_id)
    post(cast.ada, f"{STAFF}/{mailing_id}/content/blocks/b2/roles", _saved(1, roles="ngo"))
    return mailing_id


def _saved(version: int, **fields: str) -> dict[str, str]:
    return {"lock_version": str(version), **fields}


def _given(app: Flask, cast: Cast, mailing_id: int, name: str = "Prof. Marta Ruiz") -> str:
    post(cast.ada, f"{STAFF}/{mailing_id}/review-links", {"name": name, "days": "7"})
    with app.app_context():
        link = links_of(db.session(), mailing_id)[0]
        return f"/review/{state().signer.review(mailing_id, link.id)}"


def test_a_researcher_reads_every_variant_comments_and_agrees(
    app: Flask, cast: Cast, visitor: FlaskClient, draft: int
) -> None:
    at = _given(app, cast, draft)
    page = visitor.get(at)
    ngo, others = (
        visitor.get(f"{at}/letter?variant={key}").text for key in ("ngo.en", "nobody.xx")
    )
    on_block = visitor.post(
        f"{at}/comments", data={"block": "b1", "variant": "ngo.en", "body": HOSTILE}
    )
    for body in ("Fine on the whole.", "Fine on the whole."):
        visitor.post(f"{at}/comments", data={"block": "", "variant": "ngo.en", "body": body})
    stale = visitor.post(f"{at}/agreement", data={"version": "1"})
    visitor.post(f"{at}/agreement", data={"version": "2"})
    again, seen = visitor.get(f"{at}?lang=de"), cast.ada.get(f"{STAFF}/{draft}")
    beside = cast.ada.get(f"{STAFF}/{draft}/content?block=b1")

    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers
    assert page.text.count('aria-current="page"') == 1
    assert ">NGO<" in page.text
    assert ("everywhere" in ngo, "everywhere" in others) == (True, False)
    assert on_block.status_code == 303
    assert stale.status_code == 409
    assert "dem Brief in dieser Form zugestimmt" in again.text
    for text in (again.text, seen.text, beside.text):
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in text
    assert "agrees to it as it stands" in seen.text
    assert seen.text.count('comment-words">Fine on the whole.</p>') == 1
    with app.app_context():
        mailing = db.session.get_one(Mailing, draft)
        assert mailing.lock_version == 2
        assert "alert" not in str(load(mailing.content))
        comment = comments_of(db.session(), draft)[0]
    post(cast.ada, f"{STAFF}/{draft}/comments/{comment.id}/done", {"block": "b1"})
    assert "seen to by Ada" in cast.ada.get(f"{STAFF}/{draft}").text


def test_a_researcher_sees_the_lines_that_are_tried_beside_the_letters_own(
    app: Flask, cast: Cast, visitor: FlaskClient, draft: int
) -> None:
    line = SubjectLine(subject="What a mayor <can> do", preheader="In five minutes")
    with app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, draft)
        own = mailing.subject
        mailing.subject_test = SubjectTest(others=(line,)).model_dump(mode="json")

    page = visitor.get(_given(app, cast, draft)).text

    assert page.count(f"<dd>{own}</dd>") == 1
    assert "<dd>What a mayor &lt;can&gt; do</dd>" in page
    assert "<dd>In five minutes</dd>" in page


def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(
    app: Flask, cast: Cast, visitor: FlaskClient, draft: int
) -> None:
    at = _given(app, cast, draft)

    def said(**fields: str) -> tuple[int, str]:
        answer = visitor.post(f"{at}/comments", data={"variant": "ngo.en", **fields})
        return answer.status_code, answer.text

    empty = said(body=" ")
    long = said(block="b1", body="x" * (LONGEST_COMMENT + 1))
    nowhere = said(block="b99", body="Where?")
    with app.app_context(), transaction() as session:
        session.get_one(Mailing, draft).state = MailingState.PAUSED
    closed = said(body="Too late")

    assert (empty[0], "Write your comment first." in empty[1]) == (422, True)
    assert (long[0], "x" * LONGEST_COMMENT in long[1]) == (422, True)
    assert (nowhere[0], closed[0]) == (404, 409)
    assert "Too late" in closed[1]
    with app.app_context():
        assert not comments_of(db.session(), draft)


def test_a_link_ends_is_withdrawn_and_opens_its_own_mailing_alone(
    app: Flask, cast: Cast, visitor: FlaskClient, room: MailingFactory, draft: int
) -> None:
    other = room.mailing(cast.project_id)
    at = _given(app, cast, draft)
    with app.app_context():
        link_id = links_of(db.session(), draft)[0].id
        foreign = f"/review/{state().signer.review(other, link_id)}"
        wrong_kind = f"/review/{state().signer.plan(link_id)}"
    answers = [visitor.get(address).status_code for address in (at, foreign, wrong_kind, f"{at}x")]
    with app.app_context(), transaction() as session:
        session.get_one(ReviewLink, link_id).expires_at = cast.make.now - timedelta(days=9_000)
    expired = visitor.post(f"{at}/comments", data={"body": "Still here?"})
    second = _given(app, cast, draft, "Ben")
    with app.app_context():
        newest = links_of(db.session(), draft)[0].id
    post(cast.ada, f"{STAFF}/{draft}/review-links/{newest}/withdraw")

    assert answers == [200, 404, 404, 404]
    assert expired.status_code == visitor.get(second).status_code == 404
    assert "no longer open" in visitor.get(second).text
    assert "Expired" in cast.ada.get(f"{STAFF}/{draft}").text


def test_comments_are_held_back_when_there_are_too_many(
    app: Flask, cast: Cast, visitor: FlaskClient, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.mailings.review_pages.BY_ONE_LINK", parse("1 per hour"))
    at = _given(app, cast, draft)

    first, second = (
        visitor.post(f"{at}/comments", data={"variant": "ngo.en", "body": body})
        for body in ("One", "Two")
    )

    assert (first.status_code, second.status_code) == (303, 429)
    assert "Two</textarea>" in second.text
