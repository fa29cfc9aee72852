"""Invitations and lost passwords: links that are mailed, used once, and tell nobody anything."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from outreach.accounts.links import INVITED, PasswordLinks
from outreach.accounts.models import User
from outreach.core import clock
from outreach.core.db import db
from outreach.core.state import state
from outreach.mail.models import OutboxLetter
from tests.accounts.signing import sign_in
from tests.cast import Cast
from tests.web_client import post

NEW = "a new password of mine"
EVE = {"email": "eve@example.org", "access": "editor", "project": "0"}


def _link(app: Flask) -> str:
    """Return the path of the one link that was mailed."""
    with app.app_context():
        letter = db.session.scalars(select(OutboxLetter)).one()
    return "/sign-in/password/" + letter.text.split("/sign-in/password/")[1].split()[0]


def _choose(visitor: FlaskClient, link: str, password: str = NEW) -> int:
    return visitor.post(link, data={"password": password, "again": password}).status_code


def test_a_user_without_a_password_is_invited_and_chooses_one(
    app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    page = post(cast.dora, "/staff/settings/users/new", EVE, follow_redirects=True)
    before = sign_in(visitor, "eve@example.org", "")
    link = _link(app)

    looked = visitor.get(link)
    chosen = _choose(visitor, link)

    assert "Invited" in page.text
    assert before.status_code == 200
    assert looked.headers["Cache-Control"] == "no-store"
    assert looked.headers["Referrer-Policy"] == "no-referrer"
    assert (looked.status_code, chosen) == (200, 302)
    assert sign_in(visitor, "eve@example.org", NEW).status_code == 302


def test_a_link_works_once_and_not_for_somebody_kept_out(
    app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    visitor.post("/sign-in/forgotten", data={"email": "Ada@example.org"})
    link = _link(app)

    short = _choose(visitor, link, "short")
    first, second = _choose(visitor, link), _choose(visitor, link)

    assert (short, first, second) == (422, 302, 410)
    assert visitor.get(f"{link}x").status_code == 410


def test_a_link_is_over_in_time_and_with_the_users_access(app: Flask, cast: Cast) -> None:
    links = PasswordLinks(state(app).ring, "http://localhost")
    later = {"soon": INVITED - timedelta(minutes=1), "late": INVITED + timedelta(minutes=1)}
    with app.app_context():
        ada = db.session.scalars(select(User).where(User.email == "ada@example.org")).one()
        token = links.token(ada, lasts=INVITED, now=clock.now())
        found = {
            name: links.redeem(db.session(), token, now=clock.now() + after)
            for name, after in later.items()
        }
        address = f"/staff/settings/users/{ada.id}/active/no"

    post(cast.dora, address)

    assert found["soon"] is ada
    assert found["late"] is None
    with app.app_context():
        assert links.redeem(db.session(), token, now=clock.now()) is None


def test_known_and_unknown_addresses_get_the_same_answer(
    app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    asked = [
        visitor.post("/sign-in/forgotten", data={"email": email}).text.replace(email, "X")
        for email in ("ada@example.org", "nobody@example.org")
    ]

    assert asked[0] == asked[1]
    with app.app_context():
        written = db.session.scalars(select(OutboxLetter.recipient)).all()
    assert written == ["ada@example.org"]


def test_asking_again_and_again_is_held_back_for_any_address(
    cast: Cast, visitor: FlaskClient
) -> None:
    for email in ("ada@example.org", "nobody@example.org"):
        tries = [
            visitor.post("/sign-in/forgotten", data={"email": email}).status_code for _ in range(4)
        ]

        assert tries == [200, 200, 200, 429]
