"""The door: before each request it reads what the route asks for and lets in or turns away."""

from urllib.parse import urlencode

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_security import current_user
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from outreach.accounts.models import User
from outreach.accounts.permissions import Scope, scope_of
from outreach.core.errors import ProgrammingError
from outreach.web.access import PUBLIC, SIGNED_IN, Entry, entry_of

csrf = CSRFProtect()
LIBRARY_ENTRIES = {
    "static": PUBLIC,
    "bootstrap.static": PUBLIC,
    "security.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": SIGNED_IN,
    "security.verify": SIGNED_IN,
}
"""Routes of libraries, which cannot carry our mark; any other unmarked route is not served."""


def required_entry(app: Flask, endpoint: str) -> Entry:
    """Return what `endpoint` asks for; raises ProgrammingError when it forgot to say so."""
    if endpoint in LIBRARY_ENTRIES:
        return Entry(LIBRARY_ENTRIES[endpoint])
    entry = entry_of(app.view_functions[endpoint])
    if entry is None:
        raise ProgrammingError(f"The route {endpoint} does not state who may enter.")
    return entry


def init_guard(app: Flask) -> None:
    """Guard every route of `app`."""
    csrf.init_app(app)
    app.before_request(_guard)


def _guard() -> Response | None:
    if request.endpoint is None:
        return None
    entry = required_entry(current_app, request.endpoint)
    if entry.verb == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    csrf.protect()
    g.scope = scope_of(current_user.memberships, entry.verb)
    if not g.scope:
        abort(403)
    return None


def _ask_to_sign_in() -> Response:
    if request.method not in {"GET", "HEAD"}:
        abort(401)
    target = request.full_path.rstrip("?")
    return redirect(f"{url_for('security.login')}?{urlencode({'next': target})}")


def scope() -> Scope:
    """Return where the present user may use the verb of the present route."""
    found: Scope = g.scope
    return found


def may(verb: str, project_id: int | None = None) -> bool:
    """Say whether the present user may use `verb` (in `project_id`, or anywhere when None)."""
    if not current_user.is_authenticated:
        return False
    reach = scope_of(current_user.memberships, verb)
    return bool(reach) if project_id is None else reach.covers(project_id)


def signed_in_user() -> User:
    """Return the present user; only behind a guarded route."""
    user: User = current_user._get_current_object()
    return user
