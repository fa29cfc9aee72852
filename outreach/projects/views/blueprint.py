"""Where the staff routes of this room hang."""

from flask import Blueprint
from werkzeug.wrappers import Response

blueprint = Blueprint("projects", __name__, url_prefix="/staff/settings")
ID = "int(max=2147483647)"
"""Larger numbers are no id, and no database would take them as one."""
Answer = str | Response | tuple[str, int]
