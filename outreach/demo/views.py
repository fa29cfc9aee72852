"""The demo's start page, and its one-click sign-in: on loopback, while mail is caught, only."""

from flask import (
    Blueprint,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_security import login_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from outreach.accounts.models import User
from outreach.core.clock import now
from outreach.core.db import db, transaction
from outreach.core.errors import NotFound
from outreach.core.state import state
from outreach.demo.load import SEEN_AS, is_loaded, mark_of
from outreach.demo.steps import DASHBOARD, REPORT, Step, page_key, steps
from outreach.web.access import public

blueprint = Blueprint("demo", __name__, url_prefix="/demo")
LOOPBACK = frozenset({"127.0.0.1", "::1"})
SEEN = "demo_seen"


@blueprint.get("")
@public
def start() -> str:
    """Show the six steps, and offer the demo's three users."""
    _only_in_the_demo()
    return render_template("demo/start.html", steps=_steps(), users=SEEN_AS)


@blueprint.get("/steps")
@public
def steps_fragment() -> str:
    """Give the steps alone, to be asked for again while the page is open."""
    _only_in_the_demo()
    return render_template("demo/steps.html", steps=_steps())


@blueprint.post("/sign-in")
@public
def sign_in() -> Response:
    """Sign in as one of the demo's users; a cross-site form cannot: the browser must say so."""
    _only_in_the_demo()
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise NotFound
    number = request.form.get("step", type=int)
    step = dict(enumerate(_steps(), start=1)).get(number) if number else None
    email = step.user if step else request.form.get("email", "")
    user = db.session.scalars(select(User).where(User.email == email, User.is_demo)).first()
    if user is None:
        raise NotFound
    target = step.address if step else url_for("overview.first_page")
    with transaction():
        login_user(user, authn_via=["demo"])
    return redirect(target)


@blueprint.after_app_request
def remember_what_was_read(response: Response) -> Response:
    """Note in the browser's own session that a page of a step was read; nothing else is kept."""
    if request.endpoint in {REPORT, DASHBOARD} and response.status_code == 200 and demo_url():
        number = (request.view_args or {}).get("mailing_id")
        key = page_key(request.endpoint or "", number)
        session[SEEN] = {**session.get(SEEN, {}), key: now().timestamp()}
    return response


def demo_url() -> str:
    """Return the address of the start page; empty where there is no demo.

    Every page asks, also those that say that the database is away.
    """
    here = state()
    is_here = here.settings.catcher and mark_of(here).exists()
    return url_for("demo.start") if is_here else ""


def _steps() -> list[Step]:
    return steps(db.session(), session.get(SEEN, {}))


def _only_in_the_demo() -> None:
    """Raise NotFound anywhere but in the demo, seen from this very machine."""
    if not (state().settings.catcher and request.remote_addr in LOOPBACK and is_loaded()):
        raise NotFound
