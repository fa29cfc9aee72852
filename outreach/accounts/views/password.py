"""Who lost a password, or was invited: asking for a link by mail, and using it."""

from flask import Response, make_response, redirect, render_template, url_for
from limits import parse
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from outreach.accounts.forms import ForgottenForm, SetPasswordForm
from outreach.accounts.models import User
from outreach.accounts.services import set_password
from outreach.accounts.views.blueprint import links, password
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.web.access import public
from outreach.web.headers import without_trace
from outreach.web.limits import client_key, hashed, hold_back

FOR_ONE_CLIENT = parse("20 per hour")
FOR_ONE_ADDRESS = parse("3 per hour")
MESSAGE = "There were too many requests for a new password."
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
    with transaction() as session:
        user = session.scalars(select(User).where(User.email == email)).one_or_none()
        links().remind(session, email, user, now=now())
    return render_template("accounts/forgotten_sent.html", email=email)


@password.route("/password/<token>", methods=["GET", "POST"])
@public
def set_it(token: str) -> Response | AnyResponse:
    """Let whoever holds a good link choose a password; looking at it uses nothing up."""
    user = links().redeem(db.session(), token, now=now())
    form = SetPasswordForm()
    if user is not None and form.validate_on_submit():
        with transaction() as session:
            # Asked again inside, so that of two who use a link at once only one sets a password.
            user = links().redeem(session, token, now=now())
            if user is not None:
                set_password(session, user, form.password.data or "", now=now())
                return redirect(url_for("security.login", chosen="yes"))
    if user is None:
        return _answer(render_template("accounts/link_over.html"), 410)
    page = render_template("accounts/set_password.html", form=form, user=user)
    return _answer(page, 422 if form.is_submitted() else 200)


def _answer(page: str, status: int) -> Response:
    """Keep the address, which holds the link's token, out of caches and referrers."""
    return without_trace(make_response(page, status))
