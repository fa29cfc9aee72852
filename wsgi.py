"""The WSGI entry: `granian --interface wsgi wsgi:application`, also gunicorn and waitress."""

from outreach import create_app

application = create_app()
