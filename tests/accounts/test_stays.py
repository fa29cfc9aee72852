"""Sessions: planted before, copied after, used too long, of users whose access changed."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from outreach import create_app
from outreach.accounts.models import Access, SignIn, User
from outreach.accounts.services import set_password
from outreach.accounts.sessions import SEEN
from outreach.core import clock
from outreach.core.db import db, transaction
from tests.accounts.signing import sign_in
from tests.cast import PASSWORD, Cast
from tests.databases import settings_for
from tests.web_client import csrf_token, post

HOME = "/staff/overview"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def _is_in(client: FlaskClient) -> bool:
    return client.get(HOME).status_code == 200


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return str(found.value)


def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    visitor.environ_base["HTTP_USER_AGENT"] = FIREFOX
    sign_in(visitor, "ada@example.org")
    thief = app.test_client()
    thief.set_cookie(app.config["SESSION_COOKIE_NAME"], _cookie(visitor))
    assert _is_in(thief)

    answer = post(visitor, "/sign-out")

    assert answer.status_code == 302
    assert not _is_in(visitor)
    assert not _is_in(thief)
    # Its user finds the browser again; what it calls itself is not kept.
    with app.app_context():
        assert "Firefox on Linux" in db.session.scalars(select(SignIn.agent)).all()


def test_a_form_token_planted_before_signing_in_is_worth_nothing_after(
    cast: Cast, visitor: FlaskClient
) -> None:
    planted = csrf_token(visitor)
    sign_in(visitor, "dora@example.org")

    answer = visitor.post("/staff/settings/users/new", data={"csrf_token": planted})

    assert _is_in(visitor)
    assert answer.status_code == 400


def test_a_stay_ends_when_nobody_uses_it(cast: Cast) -> None:
    ada = cast.ada
    with ada.session_transaction() as cookie:
        cookie[SEEN] = int((clock.now() - timedelta(hours=9)).timestamp())

    assert not _is_in(ada)


def test_a_stay_that_was_asked_for_outlasts_the_night_and_no_fortnight(
    app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    sign_in(visitor, "ada@example.org", stay="y")
    with visitor.session_transaction() as cookie:
        cookie[SEEN] = int((clock.now() - timedelta(hours=9)).timestamp())

    overnight = _is_in(visitor)
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert overnight
    assert not _is_in(visitor)


def test_access_that_was_taken_away_ends_with_the_next_page(cast: Cast) -> None:
    ada = cast.ada
    with cast.make.app.app_context():
        user = db.session.scalars(select(User).where(User.email == "ada@example.org")).one()
        held = {each.access: each.id for each in user.memberships}
        at = f"/staff/settings/users/{user.id}/access"

    post(cast.dora, f"{at}/{held[Access.EDITOR]}/end")

    assert ada.get("/staff/results").status_code == 200
    assert ada.get("/staff/results/new").status_code == 403


def test_a_new_password_ends_every_other_stay(cast: Cast, visitor: FlaskClient) -> None:
    sign_in(visitor, "ada@example.org")
    elsewhere = cast.ada
    new = "another long password"

    wrong = post(visitor, "/account/password", {"present": "x", "password": new, "again": new})
    post(visitor, "/account/password", {"present": PASSWORD, "password": new, "again": new})

    assert wrong.status_code == 422
    assert _is_in(visitor)
    assert not _is_in(elsewhere)


def test_signing_out_everywhere_means_everywhere(cast: Cast) -> None:
    here, elsewhere = cast.ada, cast.ada

    assert post(here, "/account/sign-out-everywhere").status_code == 302

    assert not _is_in(here)
    assert not _is_in(elsewhere)


def test_a_password_set_by_link_or_command_ends_every_stay(app: Flask, cast: Cast) -> None:
    ada = cast.ada
    with app.app_context(), transaction() as session:
        user = session.scalars(select(User).where(User.email == "ada@example.org")).one()
        set_password(session, user, "quite another password", now=clock.now())

    assert not _is_in(ada)


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("address", "name", "is_secure"),
    [("https://o.example.org", "__Host-outreach", True), ("http://localhost", "outreach", False)],
)
def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    database_uri: str, tmp_path: object, address: str, name: str, is_secure: bool
) -> None:
    app = create_app(settings_for(database_uri, tmp_path, base_url=address))  # type: ignore[arg-type]  # a path

    set_cookie = app.test_client().get("/sign-in", base_url=address).headers["Set-Cookie"]

    assert set_cookie.startswith(f"{name}=")
    assert ("Secure" in set_cookie) is is_secure
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Path=/" in set_cookie
    assert "Domain" not in set_cookie
