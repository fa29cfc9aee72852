"""Settings and users, for administrators."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__, url_prefix="/staff/settings")
