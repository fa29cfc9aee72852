"""Posting as a page of ours would: with the CSRF token that belongs to the client's session."""

import secrets
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse


def csrf_token(client: FlaskClient) -> str:
    """Return a token that the client's session makes valid."""
    with client.session_transaction() as session:
        raw = session.setdefault("csrf_token", secrets.token_hex(20))
    key = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


def post(
    client: FlaskClient, path: str, data: dict[str, Any] | None = None, **options: Any
) -> TestResponse:
    """Post a form with its token; `options` go to the client (`follow_redirects=True`, …)."""
    form = {"csrf_token": csrf_token(client), **(data or {})}
    return client.post(path, data=form, **options)
