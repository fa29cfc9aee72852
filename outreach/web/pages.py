"""What every template can use: Bootstrap served by ourselves, our filters, the staff frame."""

from typing import Any

from flask import Flask
from flask_bootstrap import Bootstrap5

from outreach.web.filters import FILTERS


def init_pages(app: Flask) -> None:
    """Give the templates of `app` their filters and helpers."""
    Bootstrap5(app)
    app.jinja_env.filters.update(FILTERS)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {"site_name": "Outreach", "home_url": "/", "language": "en"}
