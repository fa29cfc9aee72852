"""Outreach: where project results turn into conversations with the people who can act on them."""

from flask import Flask
from flask_babel import Babel

from outreach.core.collecting import begin_collecting
from outreach.core.config import Settings, load_settings
from outreach.core.db import db
from outreach.core.keys import make_ring, read_ring
from outreach.core.paths import PACKAGE, template_folder
from outreach.core.signing import Signer
from outreach.core.state import State
from outreach.rooms import init_rooms
from outreach.tables import ROOMS
from outreach.tracking.wsgi import init_tracking
from outreach.web.errors import init_errors
from outreach.web.headers import init_headers
from outreach.web.icons import heroicon_mini, heroicon_outline
from outreach.web.limits import init_limits
from outreach.web.pages import init_pages
from outreach.web.proxies import TrustedProxies

begin_collecting()
MAX_UPLOAD = 64 * 1024 * 1024
TABLES = ROOMS
"""Every room's tables; named here so that the metadata is whole once this package is imported."""


def create_app(settings: Settings | None = None, **flask_settings: object) -> Flask:
    """Return the application: the one place where the parts meet.

    Starts no thread and no scheduler, and touches no database; several processes may call it.
    `flask_settings` are for tests, which hash passwords cheaply.
    Raises ConfigurationError naming every setting that is missing or malformed.
    """
    settings = settings or load_settings()
    settings.instance.mkdir(parents=True, exist_ok=True)
    ring = read_ring(settings.keys_file) if settings.keys else make_ring(settings.keys_file)
    app = Flask(
        __name__,
        instance_path=str(settings.instance),
        template_folder=str(template_folder()),
        static_folder=str(PACKAGE / "web" / "static"),
        static_url_path="/static",
    )
    app.extensions["outreach"] = State(settings, ring, Signer(ring))
    app.config.update(_configuration(settings), **flask_settings)
    db.init_app(app)
    Babel(app)
    init_headers(app)
    init_errors(app)
    init_pages(app)
    init_limits(app)
    app.jinja_env.globals.update(heroicon_outline=heroicon_outline, heroicon_mini=heroicon_mini)
    init_rooms(app)
    init_tracking(app)
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]  # Flask's documented way to wrap
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_uri,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True} if settings.is_postgresql else {},
        "MAX_CONTENT_LENGTH": MAX_UPLOAD,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "BOOTSTRAP_SERVE_LOCAL": True,
    }
