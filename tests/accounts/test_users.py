"""Users are added by administrators, and a user kept out is out at once."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user, set_active
from outreach.core.changes import Change, ChangeSet
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, Refusal
from outreach.core.mail_settings import MailServer
from outreach.core.state import state
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
    here = state(cast.make.app)
    secrets = {
        "password": "hush-2",
        "oauth_client_secret": "hush-3",
        "oauth_refresh_token": "hush-4",
    }
    here.settings = here.settings.model_copy(
        update={
            "mail_password": "hush-1",
            "mail_more": {2: MailServer(server="b.example", **secrets)},
            **{f"mail_{name}": value for name, value in secrets.items()},
        }
    )
    page = cast.dora.get("/staff/settings/installation")

    assert page.status_code == 200
    assert "OUTREACH_TRACKING" in page.text
    assert "OUTREACH_MAIL_SERVER_2" in page.text
    assert "hush" not in page.text


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


def test_access_is_given_and_taken_per_project(cast: Cast) -> None:
    at = f"/staff/settings/users/{_id(cast, 'ben')}"

    page = post(
        cast.dora,
        f"{at}/access",
        {"access": "inbox", "project": str(cast.other_project_id)},
        follow_redirects=True,
    )

    assert "inbox in Greenways" in page.text
    assert cast.ben.get("/staff/questions").status_code == 200
    assert post(cast.dora, f"{at}/access/987654/end").status_code == 404


def test_the_last_administrator_stays(cast: Cast) -> None:
    with cast.make.app.app_context():
        dora = db.session.get_one(User, _id(cast, "dora"))
        membership_id = dora.memberships[0].id
        with pytest.raises(Conflict), transaction() as session:
            set_active(session, session.get_one(User, dora.id), is_active=False, now=cast.make.now)

    refused = post(
        cast.dora, f"/staff/settings/users/{_id(cast, 'dora')}/access/{membership_id}/end"
    )

    assert refused.status_code == 409
    assert "Nothing was changed" in refused.text or "administer" in refused.text
    assert cast.dora.get("/staff/settings/users").status_code == 200


def test_an_administrator_of_one_project_is_not_counted_as_the_last_one(cast: Cast) -> None:
    at = f"/staff/settings/users/{_id(cast, 'ben')}/access"
    post(cast.dora, at, {"access": "administrator", "project": str(cast.project_id)})
    with cast.make.app.app_context():
        held = db.session.get_one(User, _id(cast, "dora")).memberships[0].id

    refused = post(cast.dora, f"/staff/settings/users/{_id(cast, 'dora')}/access/{held}/end")

    assert refused.status_code == 409


def test_what_is_done_to_users_stands_in_the_history_without_their_secrets(cast: Cast) -> None:
    post(cast.dora, "/staff/settings/users/new", NEW_USER)

    with cast.make.app.app_context():
        noted = db.session.scalars(select(ChangeSet)).one()
        change = db.session.scalars(select(Change)).one()

    assert (noted.actor, noted.label) == ("Dora", "Added the user eve@example.org")
    assert {"password", "fs_uniquifier"}.isdisjoint(change.after)


def test_everybody_changes_their_own_name_and_zone(cast: Cast) -> None:
    page = post(
        cast.ben, "/account/name", {"name": "Benjamin", "zone": "Europe/Madrid"},
        follow_redirects=True,
    )  # fmt: skip

    assert 'value="Benjamin"' in page.text
    assert "/staff/settings" not in page.text


def _id(cast: Cast, name: str) -> int:
    with cast.make.app.app_context():
        email = f"{name}@example.org"
        return db.session.scalars(select(User.id).where(User.email == email)).one()
