"""Signing in and out: who may, what it says, where it leads."""

from flask.testing import FlaskClient

from tests.accounts.signing import sign_in
from tests.cast import PASSWORD, Cast


def test_the_right_password_opens_the_staff_pages(cast: Cast, visitor: FlaskClient) -> None:
    answer = sign_in(visitor, "ada@example.org", PASSWORD)

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/staff/")


def test_a_wrong_password_and_an_unknown_address_read_the_same(
    cast: Cast, visitor: FlaskClient
) -> None:
    wrong = sign_in(visitor, "ada@example.org", "not this one at all")
    unknown = sign_in(visitor, "nobody@example.org", "not this one at all")

    assert wrong.status_code == unknown.status_code == 200
    said = "E-mail and password do not belong together"
    assert "Not signed in" in wrong.text
    assert said in wrong.text
    assert wrong.text.count(said) == unknown.text.count(said)


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

    answer = sign_in(visitor, "ada@example.org", PASSWORD, path)

    assert "evil.example" not in answer.headers.get("Location", "")


def test_guessing_is_slowed_from_the_sixth_try_while_the_right_password_works_elsewhere(
    cast: Cast, visitor: FlaskClient
) -> None:
    email = "ada@example.org"

    tries = [sign_in(visitor, email, f"wrong password {n}").status_code for n in range(5)]
    held = sign_in(visitor, "ADA@example.org ", PASSWORD)
    forged = visitor.post("/sign-in", data={"email": email}, headers={"X-Forwarded-For": "8.8.8.8"})
    visitor.environ_base["REMOTE_ADDR"] = "192.0.2.44"
    elsewhere = sign_in(visitor, email, PASSWORD)

    assert tries == [200] * 5
    assert (held.status_code, forged.status_code) == (429, 429)
    assert 0 < int(held.headers["Retry-After"]) <= 301
    assert "from another network" in held.text
    assert elsewhere.status_code == 302


def test_whoever_knows_the_password_may_sign_in_as_often_as_they_like(
    cast: Cast, visitor: FlaskClient
) -> None:
    for _ in range(7):
        answer = sign_in(visitor.application.test_client(), "ada@example.org", PASSWORD)
        assert answer.status_code == 302
