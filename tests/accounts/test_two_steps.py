"""Signing in in two steps: a code of an app that works once, spare codes, and a way back."""

import html
import re

from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import select

from outreach.accounts.models import User
from outreach.core.changes import Change
from outreach.core.db import db
from tests.accounts.signing import sign_in
from tests.cast import PASSWORD, Cast
from tests.web_client import post

AT = "/account/two-steps"


class Phone:
    """An authenticator app that scanned the key of a page."""

    def __init__(self, page: str) -> None:
        sealed = page.partition('name="sealed" value="')[2]
        self.sealed = html.unescape(sealed.partition('"')[0])
        key = re.search(r"Key: <code>([A-Z2-7-]+)</code>", page)
        assert key is not None
        self._totp = TOTP(key[1].replace("-", ""), format="base32")

    def code(self, seconds: int = 0) -> str:
        """Return what it shows, now or in so many seconds."""
        now = TOTP.normalize_time(None)
        return str(self._totp.generate(now + seconds).token)


def _turned_on(client: FlaskClient) -> tuple[Phone, list[str]]:
    """Set an app up; return it and the spare codes."""
    phone = Phone(client.get(AT).text)
    form = {"sealed": phone.sealed, "present": PASSWORD}
    page = post(client, f"{AT}/on", {**form, "code": phone.code(-30)})
    if page.status_code == 422:  # half a minute ended in between: that code is two windows old
        page = post(client, f"{AT}/on", {**form, "code": phone.code(-30)})
    assert page.status_code == 200
    return phone, re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page.text)


def _second(client: FlaskClient, code: str) -> int:
    return post(client, "/sign-in/code", {"code": code}).status_code


def test_the_password_alone_signs_nobody_in_once_it_is_on(cast: Cast, visitor: FlaskClient) -> None:
    phone, spare = _turned_on(cast.ada)

    first = sign_in(visitor, "ada@example.org")
    inside = visitor.get("/staff/overview").status_code
    wrong, right = _second(visitor, "000000"), _second(visitor, phone.code())

    assert len(spare) == 10
    assert first.headers["Location"].endswith("/sign-in/code")
    assert (inside, wrong, right) == (302, 422, 302)
    assert visitor.get("/staff/overview").status_code == 200


def test_a_code_and_a_spare_code_work_once(app: Flask, cast: Cast) -> None:
    phone, spare = _turned_on(cast.ada)
    code, answers = phone.code(), []

    for given in (code, code, spare[0], spare[0].upper(), spare[1].upper()):
        visitor = app.test_client()
        sign_in(visitor, "ada@example.org")
        answers.append(_second(visitor, given))

    assert answers == [302, 422, 302, 422, 302]


def test_codes_cannot_be_guessed(app: Flask, cast: Cast) -> None:
    phone, _spare = _turned_on(cast.ada)
    visitor = app.test_client()
    sign_in(visitor, "ada@example.org")

    answers = [_second(visitor, f"00000{n}") for n in range(6)]

    assert answers == [422] * 5 + [429]
    assert _second(visitor, phone.code()) == 429


def test_nobody_begins_with_the_second_step(visitor: FlaskClient) -> None:
    assert visitor.get("/sign-in/code").headers["Location"].endswith("/sign-in")


def test_a_wrong_code_or_password_turns_nothing_on_or_off(app: Flask, cast: Cast) -> None:
    ada = cast.ada
    phone = Phone(ada.get(AT).text)
    form = {"sealed": phone.sealed, "code": phone.code(), "present": PASSWORD}

    for change in ({"code": "123"}, {"present": "not mine"}, {"sealed": "made up"}):
        assert post(ada, f"{AT}/on", {**form, **change}).status_code == 422
    _turned_on(ada)
    assert post(ada, f"{AT}/off", {"present": "not mine"}).status_code == 422
    assert post(ada, f"{AT}/off", {"present": PASSWORD}).status_code == 302

    with app.app_context():
        user = db.session.scalars(select(User).where(User.email == "ada@example.org")).one()
        kept = str([(each.before, each.after) for each in db.session.scalars(select(Change))])
    assert user.totp_secret is None
    assert "totp" not in kept


def test_an_administrator_helps_who_lost_phone_and_codes(
    app: Flask, cast: Cast, visitor: FlaskClient
) -> None:
    _turned_on(cast.ada)
    with app.app_context():
        key = db.session.scalars(select(User.id).where(User.email == "ada@example.org")).one()

    post(cast.dora, f"/staff/settings/users/{key}/one-step")

    sign_in(visitor, "ada@example.org")
    assert visitor.get("/staff/overview").status_code == 200
