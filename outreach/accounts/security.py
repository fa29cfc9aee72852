"""Flask-Security, set up so that it signs in and out and commits only through our transaction()."""

from typing import Any, cast

from flask import Flask, request
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore

from outreach.accounts.guessing import init_guessing
from outreach.accounts.models import User
from outreach.accounts.sessions import init_sessions
from outreach.accounts.sign_in_form import SignInForm
from outreach.accounts.signing_in import LONGEST_STAYING
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.keys import KeyPurpose, KeyRing
from outreach.core.sqlite import WRITES

DAY = 24 * 3600


class Datastore(SQLAlchemyUserDatastore):
    """Flask-Security's way to our users; it has no roles and never registers anybody."""

    def __init__(self) -> None:
        super().__init__(db, User, RoleMixin)

    def commit(self) -> None:
        """Commit what Flask-Security changed, in the writing transaction its request began."""
        db.session.commit()

    def create_user(self, **kwargs: Any) -> User:
        """Make a user; the moment is ours to give."""
        return cast(User, super().create_user(created_at=now(), **kwargs))


def init_security(app: Flask, ring: KeyRing, *, is_https: bool) -> None:
    """Add sign-in and sign-out to `app`."""
    app.config.update(_configuration(ring, is_https=is_https))
    init_guessing(app)
    app.extensions["outreach_security"] = Security(
        app, Datastore(), register_blueprint=True, login_form=SignInForm
    )
    init_sessions(app)
    app.before_request(_begin_writing_for_flask_security)


def _configuration(ring: KeyRing, *, is_https: bool) -> dict[str, Any]:
    return {
        "SECRET_KEY": ring.derive(KeyPurpose.SESSION, "flask"),
        "SECURITY_PASSWORD_SALT": ring.derive(KeyPurpose.SESSION, "password salt"),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_TOTP_SECRETS": {"1": ring.derive(KeyPurpose.SECRET, "one-time passwords")},
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_REGISTERABLE": False,
        "SECURITY_RECOVERABLE": False,
        "SECURITY_CHANGEABLE": False,
        "SECURITY_TRACKABLE": False,
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_SEND_REGISTER_EMAIL": False,
        # A wrong address and a wrong password look alike and take as long (S5).
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
            "E-mail and password do not belong together. Check both, or choose a new password.",
            "error",
        ),
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/staff/",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_LOGIN_USER_TEMPLATE": "accounts/sign_in.html",
        "SECURITY_UNAUTHORIZED_VIEW": None,
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "SESSION_COOKIE_NAME": "__Host-outreach" if is_https else "outreach",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # The longest any cookie is believed; how long a stay lasts is `signing_in`'s to say.
        "PERMANENT_SESSION_LIFETIME": LONGEST_STAYING,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": DAY // 2,
    }


def _begin_writing_for_flask_security() -> None:
    """Signing in reads, changes and commits in one go: it needs the writing transaction at once."""
    if request.endpoint == "security.login" and request.method == "POST":
        session = db.session()
        session.rollback()
        session.connection(execution_options={WRITES: True})
        session.info["writes"] = True
