"""Staff pages of networks, calls, projects and lists."""

from flask import Blueprint

blueprint = Blueprint("projects", __name__, url_prefix="/staff/settings/projects")
