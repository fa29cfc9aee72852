"""The cookie of a signed-in browser: it names a stay, and remembers when it was last used."""

from datetime import timedelta
from typing import Any

from flask import Flask, redirect, request, session, url_for
from flask_login import user_logged_in, user_logged_out  # type: ignore[import-untyped]  # it ships no types
from flask_security.tf_plugin import TfPlugin
from flask_security.utils import set_request_attr
from werkzeug.wrappers import Response

from outreach.accounts import signing_in
from outreach.accounts.models import User
from outreach.core.clock import now
from outreach.core.db import db, transaction

KEY = "sign_in"
SEEN = "seen"
PENDING = "first_step"
"""In the session between the two steps: who gave the right password, and when."""
REFRESH = timedelta(minutes=5)
"""The cookie says to within this when it was used: not every answer needs a new one."""


class FirstStep(TfPlugin):
    """What Flask-Security asks after the right password: whether a second step is to follow."""

    def tf_enter(  # type: ignore[override]  # our own User
        self, user: User, remember_me: Any, primary_authn_via: str, next_loc: str | None
    ) -> Response | None:
        """Lead users of two steps to the second; None signs the others in at once."""
        if user.totp_secret is None:
            return None
        stays = bool(request.form.get("stay"))
        mark = {"of": user.fs_uniquifier, "stays": stays, "at": int(now().timestamp())}
        session[PENDING] = mark
        # Nothing was changed: the writing transaction that signing in began ends here.
        db.session.rollback()
        return redirect(url_for("password.code", next=request.args.get("next") or None))


def init_sessions(app: Flask) -> None:
    """Let a session of `app` open something only while its stay lasts."""
    app.extensions["outreach_security"].two_factor_plugins = FirstStep()
    app.login_manager.user_loader(_load)  # type: ignore[attr-defined]  # Flask-Login puts it there
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)


def _begin(_app: Flask, user: User, **_more: Any) -> None:
    """Begin a stay, inside the transaction of whoever signs the user in.

    The form token from before goes: somebody may have planted it together with the cookie.
    """
    first_step = session.pop(PENDING, {})
    stays = bool(request.form.get("stay") or first_step.get("stays"))
    agent = request.user_agent.string
    session.pop("csrf_token", None)
    session[KEY] = signing_in.begin(db.session(), user, stays=stays, agent=agent, now=now())
    session[SEEN] = int(now().timestamp())
    session.permanent = stays


def _end(_app: Flask, **_more: Any) -> None:
    """End the stay; Flask-Login's own hook, outside of any transaction of ours."""
    key = session.pop(KEY, "")
    session.clear()
    if key:
        with transaction() as writing:
            signing_in.end(writing, key, now=now())


def _load(uniquifier: str) -> User | None:
    """Return who the session belongs to, for Flask-Login."""
    key, seen = session.get(KEY), session.get(SEEN)
    if not isinstance(key, str) or not isinstance(seen, int):
        return None
    present = now()
    unused = present.timestamp() - seen
    if unused > signing_in.IDLE.total_seconds() and not session.permanent:
        return None
    user = signing_in.find_user(db.session(), uniquifier, key, now=present)
    if user is None:
        return None
    if unused > REFRESH.total_seconds():
        session[SEEN] = int(present.timestamp())
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return user
