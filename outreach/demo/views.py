"""Signing in to the demo by one click: on loopback, while mail is caught, and never elsewhere."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import login_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.models import User
from outreach.core.db import db
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.demo.load import SEEN_AS, is_loaded
from outreach.web.access import public

blueprint = Blueprint("demo", __name__, url_prefix="/demo")
LOOPBACK = frozenset({"127.0.0.1", "::1"})


@blueprint.get("")
@public
def start() -> str:
    """Offer the demo's three users."""
    _only_in_the_demo()
    return render_template("demo/start.html", users=SEEN_AS)


@blueprint.post("/sign-in")
@public
def sign_in() -> Response:
    """Sign in as one of the demo's users; a cross-site form cannot: the browser must say so."""
    _only_in_the_demo()
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise NotFound
    email = request.form.get("email", "")
    user = db.session.scalars(select(User).where(User.email == email, User.is_demo)).first()
    if user is None:
        raise NotFound
    login_user(user, authn_via=["demo"])
    return redirect(url_for("overview.first_page"))


def _only_in_the_demo() -> None:
    """Raise NotFound anywhere but in the demo, seen from this very machine."""
    if not (state().settings.catcher and request.remote_addr in LOOPBACK and is_loaded()):
        raise NotFound
