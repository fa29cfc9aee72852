"""Users, for administrators: adding, access per project, keeping out, links to set a password."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from outreach.accounts import services
from outreach.accounts.forms import ACCESS_EXAMPLES, MembershipForm, NameForm, UserForm
from outreach.accounts.guard import signed_in_user
from outreach.accounts.models import User
from outreach.accounts.second_step import turn_off
from outreach.accounts.signing_in import end_all, stays_of
from outreach.accounts.views.blueprint import ID, blueprint, links
from outreach.core.clock import now
from outreach.core.db import db
from outreach.core.errors import Conflict
from outreach.projects.models import Project
from outreach.projects.queries import owners
from outreach.web.access import requires
from outreach.web.saving import keep, kept, show_form, stored

Answer = str | Response | tuple[str, int]
EXAMPLES = {access.value: sentence for access, sentence in ACCESS_EXAMPLES.items()}


@blueprint.get("/users")
@requires("users.edit")
def users() -> str:
    """List the users with their access."""
    found = db.session.scalars(select(User).order_by(User.email)).all()
    return render_template("accounts/users.html", users=found)


@blueprint.route("/users/new", methods=["GET", "POST"])
@requires("users.edit")
def new_user() -> Answer:
    """Add a user; without a first password they are invited by mail."""
    form = UserForm()
    form.offer_projects(owners(db.session())[1])
    added = kept(form, f"Added the user {form.email.data}", lambda session: _add(session, form))
    if added:
        told = (
            f"{added.email} can sign in now; pass on the password by another way than mail."
            if added.password
            else f"An invitation to {added.email} is on its way."
        )
        flash(told, "success")
        return redirect(url_for("accounts.user", user_id=added.id))
    return show_form("accounts/new_user.html", form, examples=EXAMPLES)


def _add(session: Session, form: UserForm) -> User:
    user = services.add_user(
        session,
        form.email.data or "",
        form.level,
        password=form.password.data or None,
        now=now(),
        name=form.name.data or "",
        project_id=form.project_id,
    )
    # The link names the user by their id.
    session.flush()
    if user.password is None:
        links().invite(session, user, now=now())
    return user


@blueprint.get(f"/users/<{ID}:user_id>")
@requires("users.edit")
def user(user_id: int) -> str:
    """Show a user: what they may do and where, and whether they are signed in."""
    return _page(stored(User, user_id), MembershipForm(), NameForm(obj=stored(User, user_id)))


@blueprint.post(f"/users/<{ID}:user_id>/name")
@requires("users.edit")
def name_user(user_id: int) -> Answer:
    """Change what a user is called."""
    found = stored(User, user_id)
    form = NameForm(obj=found)

    def save(_session: Session) -> User:
        found.name, found.zone = form.name.data or "", form.zone.data
        return found

    if kept(form, f"Renamed the user {found.email}", save, found):
        flash("The user is saved.", "success")
        return _to(user_id)
    return _page(found, MembershipForm(), form), 422


@blueprint.post(f"/users/<{ID}:user_id>/access")
@requires("users.edit")
def give_access(user_id: int) -> Answer:
    """Give a user one more access level."""
    found = stored(User, user_id)
    form = MembershipForm()
    form.offer_projects(owners(db.session())[1])
    if not form.validate_on_submit():
        return _page(found, form, NameForm(obj=found)), 422
    project = db.session.get(Project, form.project_id) if form.project_id else None
    said = services.describe(form.level, project)

    def save(session: Session) -> User:
        services.grant(session, found, form.level, project_id=form.project_id)
        return found

    keep(f"Gave {found.email} the access {said}", save, found)
    flash(f"{found.shown_name} is {said} now.", "success")
    return _to(user_id)


@blueprint.post(f"/users/<{ID}:user_id>/access/<{ID}:membership_id>/end")
@requires("users.edit")
def end_access(user_id: int, membership_id: int) -> Response:
    """Take one access level away; it ends with the user's next page."""
    found = stored(User, user_id)
    held = {each.id: services.describe(each.access, each.project) for each in found.memberships}
    said = held.get(membership_id, "")

    def save(session: Session) -> User:
        services.end_membership(session, found, membership_id)
        return found

    keep(f"Took from {found.email} the access {said}", save, found)
    flash(f"{found.shown_name} is no longer {said}.", "success")
    return _to(user_id)


@blueprint.post(f"/users/<{ID}:user_id>/active/<any(yes, no):wanted>")
@requires("users.edit")
def set_user_active(user_id: int, wanted: str) -> Response:
    """Let a user sign in again, or keep them out; their stays end at once."""
    found = stored(User, user_id)
    if found.id == signed_in_user().id:
        raise Conflict("You cannot keep yourself out.", "Ask another administrator.")

    def save(session: Session) -> User:
        services.set_active(session, found, is_active=wanted == "yes", now=now())
        return found

    verb = "Let in" if wanted == "yes" else "Kept out"
    keep(f"{verb} the user {found.email}", save, found)
    flash(f"{found.shown_name} can {'sign in again' if wanted == 'yes' else 'no longer sign in'}.")
    return _to(user_id)


@blueprint.post(f"/users/<{ID}:user_id>/password-link")
@requires("users.edit")
def send_password_link(user_id: int) -> Response:
    """Mail a user a link to set a password."""
    found = stored(User, user_id)
    if not found.active:
        raise Conflict("This user is kept out.", "Let them in again first.")

    def save(session: Session) -> User:
        if found.password is None:
            links().invite(session, found, now=now())
        else:
            links().remind(session, found.email, found, now=now())
        return found

    keep(f"Mailed {found.email} a link to set a password", save, found)
    flash(f"A link to set a password is on its way to {found.email}.", "success")
    return _to(user_id)


@blueprint.post(f"/users/<{ID}:user_id>/sign-out")
@requires("users.edit")
def sign_user_out(user_id: int) -> Response:
    """End every stay of a user."""
    found = stored(User, user_id)

    def save(session: Session) -> User:
        end_all(session, found, now=now())
        return found

    keep(f"Signed {found.email} out everywhere", save, found)
    flash(f"{found.shown_name} is signed out everywhere.", "success")
    return _to(user_id)


@blueprint.post(f"/users/<{ID}:user_id>/one-step")
@requires("users.edit")
def let_in_by_password(user_id: int) -> Response:
    """Give up a user's second step, for somebody who lost phone and spare codes."""
    found = stored(User, user_id)

    def save(session: Session) -> User:
        turn_off(found)
        end_all(session, found, now=now())
        return found

    keep(f"Turned the second step of {found.email} off", save, found)
    flash(f"{found.shown_name} signs in by the password alone until they set an app up again.")
    return _to(user_id)


def _page(found: User, access: MembershipForm, name: NameForm) -> str:
    access.offer_projects(owners(db.session())[1])
    return render_template(
        "accounts/user.html",
        user=found,
        access_form=access,
        name_form=name,
        examples=EXAMPLES,
        stays=stays_of(db.session(), found, now=now()),
        is_oneself=found.id == signed_in_user().id,
    )


def _to(user_id: int) -> Response:
    return redirect(url_for("accounts.user", user_id=user_id))
