"""Review: a second person approves as it stands, or sends it back with a word."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from outreach.core.db import db, transaction
from outreach.mailings.models import Mailing, MailingState
from tests.cast import Cast
from tests.mailings.factories import MailingFactory
from tests.web_client import post

STAFF = "/staff/mailings"


@pytest.fixture
def ada(cast: Cast) -> FlaskClient:
    return cast.ada


@pytest.fixture
def in_review(room: MailingFactory, cast: Cast, ada: FlaskClient) -> int:
    draft = room.mailing(cast.project_id)
    post(ada, f"{STAFF}/{draft}/review", {"comment": "Is the headline right?"})
    return draft


def _state(app: Flask, mailing_id: int) -> MailingState:
    with app.app_context():
        return db.session.get_one(Mailing, mailing_id).state


def test_a_second_person_approves_what_stands_there(
    ada: FlaskClient, cast: Cast, app: Flask, in_review: int
) -> None:
    at = f"{STAFF}/{in_review}"
    asked = ada.get(at)
    own = post(ada, f"{at}/review/approve", {"lock_version": 1}, follow_redirects=True)
    stale = post(cast.dora, f"{at}/review/approve", {"lock_version": 9}, follow_redirects=True)
    approved = post(cast.dora, f"{at}/review/approve", {"lock_version": 1}, follow_redirects=True)
    post(ada, f"{at}/content/blocks/b1", {"lock_version": 1, "text": "Another headline"})

    assert "What to look at: Is the headline right?" in asked.text
    assert "You asked for this review yourself" in own.text
    assert "Somebody saved this mailing" in stale.text
    assert "Approved as it stands" in approved.text
    assert _state(app, in_review) is MailingState.IN_REVIEW
    assert "Approved as it stands" not in ada.get(at).text


def test_it_comes_back_with_a_comment(
    ada: FlaskClient, cast: Cast, app: Flask, in_review: int
) -> None:
    at = f"{STAFF}/{in_review}/review/back"
    silent = post(cast.dora, at, {"comment": " "}, follow_redirects=True)
    said = post(cast.dora, at, {"comment": "Say it shorter, please."}, follow_redirects=True)
    again = post(cast.dora, at, {"comment": "Once more"}, follow_redirects=True)

    assert "What should change is missing" in silent.text
    assert "Dora sent it back: Say it shorter, please." in said.text
    assert "Dora sent it back</" in said.text
    assert "not in review" in again.text
    assert _state(app, in_review) is MailingState.DRAFT


def test_what_is_in_review_waits_for_somebody_else_even_before_its_own_author(
    ada: FlaskClient, cast: Cast, app: Flask, in_review: int
) -> None:
    at = f"{STAFF}/{in_review}"
    now = {"when": "now", "zone": "UTC"}
    before = post(ada, f"{at}/schedule/confirm", now)
    post(ada, f"{at}/variants/*.en/approve", {"lock_version": 1})
    own = post(ada, f"{at}/schedule/confirm", now)
    post(cast.dora, f"{at}/review/approve", {"lock_version": 1})
    seconded = post(ada, f"{at}/schedule/confirm", now)

    for refused in (before, own):
        assert "nobody else has approved it as it stands" in refused.text
    assert seconded.status_code == 302
    assert _state(app, in_review) is MailingState.SCHEDULED


def test_a_network_can_want_a_second_person_for_every_mailing(
    ada: FlaskClient, cast: Cast, app: Flask, room: MailingFactory
) -> None:
    draft = room.mailing(cast.project_id)
    with app.app_context(), transaction() as session:
        mailing = session.get_one(Mailing, draft)
        mailing.results[0].project.call.network.needs_approval = True
        mailing.mailing_list.network_id = None
        assert mailing.mailing_list.project_id == cast.project_id
    at = f"{STAFF}/{draft}"

    refused = post(ada, f"{at}/schedule/confirm", {"when": "now", "zone": "UTC"})

    assert "go out when a second person has approved them" in refused.text
    assert _state(app, draft) is MailingState.DRAFT
    assert "Nothing of this network goes out without one." in ada.get(at).text
