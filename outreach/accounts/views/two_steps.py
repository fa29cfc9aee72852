"""One's own second step: setting an authenticator app up, and giving it up."""

from flask import flash, redirect, render_template, url_for
from flask_security import verify_password
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts.forms import TurnOffForm, TurnOnForm
from outreach.accounts.guard import may, signed_in_user
from outreach.accounts.models import User
from outreach.accounts.second_step import SecondStep, turn_off
from outreach.accounts.views.blueprint import own
from outreach.core.state import state
from outreach.web.access import SIGNED_IN, requires
from outreach.web.forms import Form
from outreach.web.saving import keep, kept

Answer = str | Response | tuple[str, int]
WRONG = "This is not your password."


@own.get("/two-steps")
@requires(SIGNED_IN)
def two_steps() -> str:
    """Show how to set an authenticator app up, or that one is."""
    return _page(TurnOffForm() if signed_in_user().totp_secret else TurnOnForm())


@own.post("/two-steps/on")
@requires(SIGNED_IN)
def turn_two_steps_on() -> Answer:
    """Ask for a code at each sign-in from now on, and tell the spare codes, once."""
    user, form, codes = signed_in_user(), TurnOnForm(), list[str]()
    if user.totp_secret:
        return redirect(url_for("account.two_steps"))

    def save(_session: Session) -> User:
        step = SecondStep(state().ring)
        codes.extend(step.turn_on(user, form.sealed.data or "", form.code.data or ""))
        return user

    if _is_password_right(form) and kept(form, "Turned signing in in two steps on", save, user):
        return render_template("accounts/spare_codes.html", codes=codes, layout=_layout())
    return _page(form), 422


@own.post("/two-steps/off")
@requires(SIGNED_IN)
def turn_two_steps_off() -> Answer:
    """Let the password alone do again."""
    user, form = signed_in_user(), TurnOffForm()
    if not user.totp_secret:
        return redirect(url_for("account.two_steps"))

    def save(_session: Session) -> User:
        turn_off(user)
        return user

    if form.validate_on_submit() and _is_password_right(form):
        keep("Turned signing in in two steps off", save, user)
        flash("Your password alone signs you in again.", "success")
        return redirect(url_for("account.account"))
    return _page(form), 422


def _is_password_right(form: TurnOnForm | TurnOffForm) -> bool:
    if verify_password(form.present.data or "", signed_in_user().password or ""):
        return True
    form.validate()
    form.present.errors = [WRONG]
    return False


def _page(form: Form) -> str:
    user = signed_in_user()
    setup = None if user.totp_secret else SecondStep(state().ring).setup(user)
    return render_template(
        "accounts/two_steps.html", form=form, setup=setup, user=user, layout=_layout()
    )


def _layout() -> str:
    return "layouts/staff.html" if may("overview.see") else "layouts/partner.html"
