"""Users are added by administrators, and a user kept out is out at once."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, Refusal
from tests.cast import PASSWORD, Cast
from tests.web_client import post

NEW_USER = {
    "email": "eve@example.org",
    "access": "editor",
    "project": "0",
    "password": "a long enough one",
}


def test_an_administrator_adds_a_user_who_can_sign_in(cast: Cast) -> None:
    answer = post(cast.dora, "/staff/settings/users/new", NEW_USER)

    assert answer.status_code == 302
    with cast.make.app.app_context():
        user = db.session.scalars(select(User).where(User.email == "eve@example.org")).one()
        assert [held.access for held in user.memberships] == [Access.EDITOR]


def test_a_short_password_is_refused_with_the_rule(cast: Cast) -> None:
    answer = post(cast.dora, "/staff/settings/users/new", {**NEW_USER, "password": "short"})

    assert answer.status_code == 422
    assert "at least 12 characters" in answer.text


def test_an_address_that_has_an_account_is_refused_on_the_field(cast: Cast) -> None:
    answer = post(cast.dora, "/staff/settings/users/new", {**NEW_USER, "email": "ada@example.org"})

    assert answer.status_code == 422
    assert "has an account already" in answer.text


def test_a_user_kept_out_loses_the_session_at_once(cast: Cast) -> None:
    ada = cast.ada
    with cast.make.app.app_context():
        user_id = db.session.scalars(select(User.id).where(User.email == "ada@example.org")).one()
    assert ada.get("/staff/overview").status_code != 302

    post(cast.dora, f"/staff/settings/users/{user_id}/active/no")

    assert ada.get("/staff/overview").status_code == 302


def test_an_administrator_cannot_keep_themselves_out(cast: Cast) -> None:
    with cast.make.app.app_context():
        user_id = db.session.scalars(select(User.id).where(User.email == "dora@example.org")).one()

    assert post(cast.dora, f"/staff/settings/users/{user_id}/active/no").status_code == 409


def test_settings_show_no_secret(cast: Cast) -> None:
    page = cast.dora.get("/staff/settings/installation")

    assert page.status_code == 200
    assert "OUTREACH_TRACKING" in page.text


@pytest.mark.parametrize("email", ["", "no address", "a@b\r\nBcc: x@example.org", "a" * 300])
def test_no_malformed_address_becomes_a_user(app: Flask, email: str, now: datetime) -> None:
    with app.app_context(), pytest.raises(Refusal), transaction() as session:
        add_user(session, email, Access.EDITOR, password=PASSWORD, now=now)


def test_the_same_address_twice_is_a_conflict(app: Flask, now: datetime) -> None:
    with app.app_context():
        with transaction() as session:
            add_user(session, "x@example.org", Access.EDITOR, password=PASSWORD, now=now)

        with pytest.raises(Conflict), transaction() as session:
            add_user(session, "X@example.org", Access.ANALYST, password=PASSWORD, now=now)
