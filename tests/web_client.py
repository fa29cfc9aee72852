"""Posting as a page of ours would: with the CSRF token that belongs to the client's session."""

import secrets
from typing import Any
from weakref import WeakKeyDictionary

from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

_tokens: WeakKeyDictionary[FlaskClient, tuple[str, str]] = WeakKeyDictionary()
"""Each client's session cookie and the session's half of its token: opening a session costs."""


def csrf_token(client: FlaskClient) -> str:
    """Return a token that the client's session makes valid."""
    known = _tokens.get(client)
    if known is None or known[0] != (_cookie(client) or None):
        with client.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        known = _tokens[client] = _cookie(client), raw
    key = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(known[1]))


def begin_session(client: FlaskClient, values: dict[str, Any]) -> None:
    """Give the client a session of its own with these values, and a form token's half."""
    app = client.application
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    raw = secrets.token_hex(20)
    client.set_cookie(
        app.config["SESSION_COOKIE_NAME"],
        serializer.dumps({"csrf_token": raw, **values}),
        secure=app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite=app.config["SESSION_COOKIE_SAMESITE"],
    )
    _tokens[client] = _cookie(client), raw


def _cookie(client: FlaskClient) -> str:
    """Return the session as the client would send it; empty when there is none."""
    found = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    return found.value if found else ""


def post(
    client: FlaskClient, path: str, data: dict[str, Any] | None = None, **options: Any
) -> TestResponse:
    """Post a form with its token; `options` go to the client (`follow_redirects=True`, …)."""
    form = {"csrf_token": csrf_token(client), **(data or {})}
    return client.post(path, data=form, **options)
