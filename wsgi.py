"""The WSGI entry: `granian --interface wsgi wsgi:application`, also gunicorn and waitress."""

import os

from outreach import create_app
from outreach.core.migrating import introduce

application = create_app()
if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
    # `flask --app wsgi db …` writes new migrations; no web process loads what it takes.
    introduce(application)
