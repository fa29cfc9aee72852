"""One's own account: name, password, and where one is signed in."""

from flask import flash, redirect, render_template, session, url_for
from flask_security import login_user, verify_password
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts import services
from outreach.accounts.forms import ChangePasswordForm, NameForm
from outreach.accounts.guard import may, signed_in_user
from outreach.accounts.models import User
from outreach.accounts.signing_in import end_all, stays_of
from outreach.accounts.views.blueprint import own
from outreach.core.clock import now
from outreach.core.db import db
from outreach.web.access import SIGNED_IN, requires
from outreach.web.saving import keep, kept

Answer = str | Response | tuple[str, int]


@own.get("")
@requires(SIGNED_IN)
def account() -> str:
    """Show one's own account."""
    return _page(NameForm(obj=signed_in_user()), ChangePasswordForm())


@own.post("/name")
@requires(SIGNED_IN)
def change_name() -> Answer:
    """Change one's own name and time zone."""
    user = signed_in_user()
    form = NameForm(obj=user)

    def save(_session: Session) -> User:
        user.name, user.zone = form.name.data or "", form.zone.data
        return user

    if kept(form, "Changed their own name or zone", save, user):
        flash("Saved.", "success")
        return redirect(url_for("account.account"))
    return _page(form, ChangePasswordForm()), 422


@own.post("/password")
@requires(SIGNED_IN)
def change_password() -> Answer:
    """Change one's own password; every other stay ends, this one goes on."""
    user = signed_in_user()
    form = ChangePasswordForm()
    present = form.present.data or ""
    if form.validate_on_submit() and not verify_password(present, user.password or ""):
        form.present.errors = ["This is not your present password."]
    elif form.is_submitted() and not form.errors:

        def save(writing: Session) -> User:
            services.set_password(writing, user, form.password.data or "", now=now())
            login_user(user, authn_via=["password"])
            return user

        keep("Changed their own password", save, user)
        flash("Your password is changed. You are signed out everywhere else.", "success")
        return redirect(url_for("account.account"))
    return _page(NameForm(obj=user), form), 422


@own.post("/sign-out-everywhere")
@requires(SIGNED_IN)
def sign_out_everywhere() -> Response:
    """End all of one's stays, this one included."""
    user = signed_in_user()

    def save(writing: Session) -> User:
        end_all(writing, user, now=now())
        return user

    keep("Signed out everywhere", save, user)
    session.clear()
    return redirect(url_for("security.login"))


def _page(name: NameForm, password: ChangePasswordForm) -> str:
    user = signed_in_user()
    return render_template(
        "accounts/account.html",
        user=user,
        name_form=name,
        password_form=password,
        stays=stays_of(db.session(), user, now=now()),
        layout="layouts/staff.html" if may("overview.see") else "layouts/partner.html",
    )
