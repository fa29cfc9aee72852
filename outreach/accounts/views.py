"""Settings and users, for administrators."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.forms import ACCESS_EXAMPLES, UserForm
from outreach.accounts.guard import may, signed_in_user
from outreach.accounts.models import Access, User
from outreach.accounts.services import add_user, set_active
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import Conflict, NotFound
from outreach.core.state import state
from outreach.projects.models import Project
from outreach.web.access import requires

blueprint = Blueprint("accounts", __name__, url_prefix="/staff/settings")
SECRETS = frozenset({"mail_password", "inbox_password"})


@blueprint.get("")
@requires("settings.see")
def settings() -> str:
    """Show what can be set up, as far as the user may enter it."""
    entries = [entry for entry in state().contributions.settings if may(entry.verb)]
    return render_template("accounts/settings.html", entries=entries)


@blueprint.get("/installation")
@requires("installation.see")
def installation() -> str:
    """Show what the installation is set to, read-only, and what the doctor finds."""
    here = state()
    shown = [
        (f"OUTREACH_{name.upper()}", _shown(name, value))
        for name, value in here.settings.model_dump().items()
        if name != "instance"
    ]
    findings = [found for check in here.contributions.doctor for found in check(current_app)]
    return render_template("accounts/installation.html", settings=shown, findings=findings)


def _shown(name: str, value: object) -> str:
    if value in (None, "", ()):
        return "not set"
    return "set, not shown" if name in SECRETS else str(value)


@blueprint.get("/users")
@requires("users.edit")
def users() -> str:
    """List the users with their access."""
    found = db.session.scalars(select(User).order_by(User.email)).all()
    return render_template("accounts/users.html", users=found)


@blueprint.route("/users/new", methods=["GET", "POST"])
@requires("users.edit")
def new_user() -> str | Response | tuple[str, int]:
    """Add a user."""
    form = UserForm()
    rows = db.session.execute(select(Project.id, Project.acronym).order_by(Project.acronym))
    form.offer_projects([(key, acronym) for key, acronym in rows])
    examples = {access.value: sentence for access, sentence in ACCESS_EXAMPLES.items()}
    if not form.validate_on_submit():
        page = render_template("accounts/new_user.html", form=form, examples=examples)
        return (page, 422) if form.is_submitted() else page
    try:
        _add(form)
    except Conflict as error:
        form.email.errors = [error.message]
        return render_template("accounts/new_user.html", form=form, examples=examples), 422
    flash(f"{form.email.data} can sign in now; pass on the password by another way.", "success")
    return redirect(url_for("accounts.users"))


def _add(form: UserForm) -> None:
    with transaction() as session:
        add_user(
            session,
            form.email.data or "",
            Access(form.access.data),
            password=form.password.data or "",
            now=now(),
            name=form.name.data or "",
            project_id=form.project_id,
        )


@blueprint.post("/users/<int:user_id>/active/<any(yes, no):wanted>")
@requires("users.edit")
def set_user_active(user_id: int, wanted: str) -> Response:
    """Let a user sign in again, or keep them out; their sessions end at once."""
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound
        if user.id == signed_in_user().id:
            raise Conflict("You cannot keep yourself out.", "Ask another administrator.")
        set_active(user, is_active=wanted == "yes")
    flash(f"{user.shown_name} can {'sign in again' if wanted == 'yes' else 'no longer sign in'}.")
    return redirect(url_for("accounts.users"))
