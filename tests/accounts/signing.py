"""Signing in as a person does, through the form."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import PASSWORD


def sign_in(
    visitor: FlaskClient,
    email: str,
    password: str = PASSWORD,
    path: str = "/sign-in",
    **more: str,
) -> TestResponse:
    """Fill in the form and send it; `more` are further fields."""
    page = visitor.get(path)
    token = page.text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    data = {"email": email, "password": password, "csrf_token": token, **more}
    return visitor.post(path, data=data)
