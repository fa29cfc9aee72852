"""Access tokens for signing in by OAuth 2.0 (RFC 6749), as Exchange Online and Gmail ask for.

A token is got with the refresh token of a mailbox (§6), or where there is none by the application
itself (client credentials, §4.4), kept in memory and renewed before it expires. Microsoft gives a
new refresh token with each answer and lets the old one end after 90 days: the newest is kept in the
instance folder, in a file that only its owner may read.
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from outreach.core.errors import Refusal
from outreach.core.mail_settings import SignIn

RENEW_BEFORE = 300.0
"""Seconds before its end at which a token is renewed; a short-lived one after half its life."""
USUAL_LIFE = 3600
PATIENCE = 15.0
KEPT_IN = "mail-oauth.json"
_LARGEST_ANSWER = 1_000_000


class TokenRefused(Refusal):
    """The token server does not give us a token; only a person can mend that."""


class TokenServerAway(Refusal):
    """The token server does not answer."""

    status = 503


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where tokens come from and what is shown for them."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""
    kept_in: Path | None = None
    """The file that keeps refresh tokens newer than the one that was set."""
    settings: str = "OUTREACH_MAIL_OAUTH_*"
    """How its settings are called, for whoever has to look at them."""

    @classmethod
    def of(cls, sign_in: SignIn, *, instance: Path, settings: str) -> Self | None:
        """Return what settings say of tokens; None where one signs in by password."""
        if not sign_in.oauth_token_url:
            return None
        return cls(
            token_url=sign_in.oauth_token_url,
            client_id=sign_in.oauth_client_id,
            client_secret=sign_in.oauth_client_secret,
            refresh_token=sign_in.oauth_refresh_token,
            scope=sign_in.oauth_scope,
            kept_in=instance / KEPT_IN,
            settings=settings,
        )

    @property
    def remedy(self) -> str:
        """What to do when no token is given."""
        return f"Check {self.settings} with whoever runs the sign-in of your organisation."


def words_of(username: str, token: str) -> str:
    """Return what signs in by XOAUTH2, at a mail server as at a mailbox.

    The form is Google's, which Microsoft took over:
    https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
    """
    return f"user={username}\1auth=Bearer {token}\1\1"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float
    """By a steady clock."""


_tokens: dict[OAuth, _Token] = {}
_asking = threading.Lock()


def access_token(oauth: OAuth, *, not_this: str = "") -> str:
    """Return a token that is good for a while yet; `not_this` was refused and is renewed.

    Raises TokenRefused or TokenServerAway.
    """
    with _asking:  # connections that are opened at once share one answer
        known = _tokens.get(oauth)
        if known and known.text != not_this and time.monotonic() < known.renew_at:
            return known.text
        answer = _ask(oauth)
        text, life = str(answer.get("access_token", "")), _life(answer)
        if not text:
            raise TokenRefused(f"{oauth.token_url} answered without a token.", oauth.remedy)
        if answer.get("refresh_token"):
            _keep(oauth, str(answer["refresh_token"]))
        spare = min(RENEW_BEFORE, life / 2)
        _tokens[oauth] = _Token(text, time.monotonic() + life - spare)
        return text


def _life(answer: dict[str, Any]) -> float:
    try:
        return max(float(answer.get("expires_in", USUAL_LIFE)), 0)
    except (TypeError, ValueError):
        return USUAL_LIFE


def _ask(oauth: OAuth) -> dict[str, Any]:
    refresh_token = _newest(oauth)
    fields = {
        "grant_type": "refresh_token" if refresh_token else "client_credentials",
        "client_id": oauth.client_id,
        "client_secret": oauth.client_secret,
        "refresh_token": refresh_token,
        "scope": oauth.scope,
    }
    body = urlencode({name: value for name, value in fields.items() if value}).encode()
    # The address is the installation's own setting, checked at start to be https or this machine.
    request = Request(oauth.token_url, body, {"Accept": "application/json"})  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            found = json.loads(answer.read(_LARGEST_ANSWER))
    except HTTPError as error:
        with error:
            raise _refused(oauth, error.code, error.read(_LARGEST_ANSWER)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise TokenServerAway(
            f"{oauth.token_url} gives no answer: {error}.", oauth.remedy
        ) from error
    return found if isinstance(found, dict) else {}


def _refused(oauth: OAuth, status: int, body: bytes) -> Refusal:
    if status >= 500 or status == 429:
        return TokenServerAway(f"{oauth.token_url} answers {status} for now.", oauth.remedy)
    try:
        said = json.loads(body)
        why = said.get("error_description") or said.get("error") or ""
    except (ValueError, AttributeError):
        why = ""
    return TokenRefused(
        f"{oauth.token_url} refuses a token: {str(why)[:200] or status}.", oauth.remedy
    )


def _mark(oauth: OAuth) -> str:
    """Name the setting a newer refresh token belongs to, without telling it."""
    return sha256(f"{oauth.client_id}\0{oauth.refresh_token}".encode()).hexdigest()


def _newest(oauth: OAuth) -> str:
    if not oauth.refresh_token:
        return ""
    return _kept(oauth).get(_mark(oauth), oauth.refresh_token)


def _kept(oauth: OAuth) -> dict[str, str]:
    if oauth.kept_in is None:
        return {}
    try:
        found = json.loads(oauth.kept_in.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(oauth: OAuth, refresh_token: str) -> None:
    if oauth.kept_in is None or not oauth.refresh_token or refresh_token == _newest(oauth):
        return
    oauth.kept_in.parent.mkdir(parents=True, exist_ok=True)
    draft = oauth.kept_in.with_name(f".{oauth.kept_in.name}-{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({**_kept(oauth), _mark(oauth): refresh_token}), encoding="utf-8")
    draft.replace(oauth.kept_in)
