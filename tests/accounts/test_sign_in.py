"""Signing in and out: who may, what it says, where it leads."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Cast


def _sign_in(
    visitor: FlaskClient, email: str, password: str, path: str = "/sign-in"
) -> TestResponse:
    page = visitor.get(path)
    token = page.text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    data = {"email": email, "password": password, "csrf_token": token}
    return visitor.post(path, data=data)


def test_the_right_password_opens_the_staff_pages(cast: Cast, visitor: FlaskClient) -> None:
    answer = _sign_in(visitor, "ada@example.org", PASSWORD)

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/staff/")


def test_a_wrong_password_and_an_unknown_address_read_the_same(
    cast: Cast, visitor: FlaskClient
) -> None:
    wrong = _sign_in(visitor, "ada@example.org", "not this one at all")
    unknown = _sign_in(visitor, "nobody@example.org", "not this one at all")

    assert wrong.status_code == unknown.status_code == 200
    assert "Authentication failed" in wrong.text
    assert wrong.text.count("Authentication failed") == unknown.text.count("Authentication failed")


def test_a_post_without_the_forms_token_signs_nobody_in(cast: Cast, visitor: FlaskClient) -> None:
    visitor.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD})

    with visitor.session_transaction() as cookie:
        assert "_user_id" not in cookie


def test_signing_out_takes_a_post(cast: Cast) -> None:
    ada = cast.ada

    assert ada.get("/sign-out").status_code == 405


def test_a_foreign_address_is_no_place_to_go_after_signing_in(
    cast: Cast, visitor: FlaskClient
) -> None:
    path = "/sign-in?next=https://evil.example/"

    answer = _sign_in(visitor, "ada@example.org", PASSWORD, path)

    assert "evil.example" not in answer.headers.get("Location", "")
