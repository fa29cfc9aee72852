"""Who lost a password, or was invited: asking for a link by mail, and using it."""

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_security import login_user
from flask_security.utils import validate_redirect_url
from limits import parse
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from outreach.accounts.forms import CodeForm, ForgottenForm, SetPasswordForm
from outreach.accounts.models import User
from outreach.accounts.second_step import SecondStep, is_pending_good
from outreach.accounts.services import set_password
from outreach.accounts.sessions import PENDING
from outreach.accounts.views.blueprint import links, password
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.state import state
from outreach.web.access import public
from outreach.web.headers import without_trace
from outreach.web.limits import client_key, hashed, hold_back

FOR_ONE_CLIENT = parse("20 per hour")
FOR_ONE_ADDRESS = parse("3 per hour")
MESSAGE = "There were too many requests for a new password."
CODES = parse("5 per 15 minutes")
CODES_REMEDY = "Wait {minutes} min, then type the code your app shows."
REMEDY = "Look into your mailbox, also among the junk; else wait {minutes} min and ask again."


@password.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> str | AnyResponse | tuple[str, int]:
    """Mail a link to set a new password; the answer never tells whether there is an account."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        page = render_template("accounts/forgotten.html", form=form)
        return (page, 422) if form.is_submitted() else page
    email = (form.email.data or "").lower()
    for rule, key in (
        (FOR_ONE_CLIENT, client_key("forgotten")),
        (FOR_ONE_ADDRESS, hashed("forgotten", email)),
    ):
        hold_back(rule, key, message=MESSAGE, remedy=REMEDY)
    with transaction() as writing:
        user = writing.scalars(select(User).where(User.email == email)).one_or_none()
        links().remind(writing, email, user, now=now())
    return render_template("accounts/forgotten_sent.html", email=email)


@password.route("/password/<token>", methods=["GET", "POST"])
@public
def set_it(token: str) -> Response | AnyResponse:
    """Let whoever holds a good link choose a password; looking at it uses nothing up."""
    user = links().redeem(db.session(), token, now=now())
    form = SetPasswordForm()
    if user is not None and form.validate_on_submit():
        with transaction() as writing:
            # Asked again inside, so that of two who use a link at once only one sets a password.
            user = links().redeem(writing, token, now=now())
            if user is not None:
                set_password(writing, user, form.password.data or "", now=now())
                return redirect(url_for("security.login", chosen="yes"))
    if user is None:
        return _answer(render_template("accounts/link_over.html"), 410)
    page = render_template("accounts/set_password.html", form=form, user=user)
    return _answer(page, 422 if form.is_submitted() else 200)


@password.route("/code", methods=["GET", "POST"])
@public
def code() -> str | AnyResponse | tuple[str, int]:
    """Ask for the second step, from whoever has just given the right password."""
    first = session.get(PENDING, {})
    if not is_pending_good(first.get("at", 0), now()):
        return redirect(url_for("security.login"))
    form = CodeForm()
    if form.validate_on_submit():
        key = hashed("second step", str(first["of"]))
        hold_back(CODES, key, message="There were too many codes.", remedy=CODES_REMEDY)
        if _is_let_in(first["of"], form.code.data or ""):
            return redirect(_wanted())
        form.code.errors = ["This code does not fit, or was used before."]
    page = render_template("accounts/code.html", form=form)
    return (page, 422) if form.is_submitted() else page


def _wanted() -> str:
    """Return the page the user was on the way to, if it is one of ours."""
    asked = request.args.get("next", "")
    return asked if asked and validate_redirect_url(asked) else url_for("overview.first_page")


def _is_let_in(uniquifier: str, given: str) -> bool:
    with transaction() as writing:
        found = select(User).where(User.fs_uniquifier == uniquifier, User.active)
        user = writing.scalars(found.with_for_update()).one_or_none()
        if user is None or not SecondStep(state().ring).passes(user, given):
            return False
        login_user(user, authn_via=["password", "authenticator"])
    return True


def _answer(page: str, status: int) -> Response:
    """Keep the address, which holds the link's token, out of caches and referrers."""
    return without_trace(make_response(page, status))
