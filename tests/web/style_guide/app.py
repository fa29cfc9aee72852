"""The small application that shows the style guide."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, flash, render_template
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader

from outreach.web.errors import error_page
from outreach.web.filters import FILTERS
from outreach.web.icons import heroicon_mini, heroicon_outline
from tests.web.style_guide.samples import Guide, navigation, project_switcher, somebody

ROOT = Path(__file__).resolve().parents[3]
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
ERRORS = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)


def make_app() -> Flask:
    """Make an application with our templates, filters and content policy, and no database."""
    app = Flask("style_guide", static_folder=str(ROOT / "outreach/web/static"))
    app.config.update(SECRET_KEY="style guide", BOOTSTRAP_SERVE_LOCAL=True)
    CSRFProtect(app)
    Bootstrap5(app)
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent)]
    )
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(heroicon_outline=heroicon_outline, heroicon_mini=heroicon_mini)
    _add_pages(app)
    app.after_request(_with_policy)
    return app


def _with_policy(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _add_pages(app: Flask) -> None:
    for name in ("guide", "public", "partner"):
        app.add_url_rule(f"/{name}", name, _page(f"{name}.html"))
    for code in ERRORS:
        app.add_url_rule(f"/errors/{code}", f"error_{code}", _error(code))
    app.add_url_rule("/counts", "counts", lambda: {"role:ngo": 1204, "role:politician": 88})
    app.add_url_rule("/progress", "progress", _progress())
    app.add_url_rule("/stakeholders", "stakeholders", lambda: "a list")
    app.add_url_rule("/send", "send", lambda: "sent", methods=["POST"])


def _error(code: int) -> Callable[[], str]:
    return lambda: error_page(code)[0]


def _progress() -> Callable[[], str]:
    steps = count(1)

    def show() -> str:
        step = next(steps)
        return f"<p{' data-finished' * (step % 3 == 0)}>step {step} of 3</p>"

    return show


def _page(template: str) -> Callable[[], str]:
    def show() -> str:
        if template == "guide.html":
            flash("The mailing was saved.", "success")
        return render_template(
            template,
            guide=Guide(),
            navigation=navigation(),
            project_switcher=project_switcher(),
            search_url="/search",
            search_label="Search people, mailings, results",
            current_user=somebody(),
            catcher_on=True,
        )

    return show
