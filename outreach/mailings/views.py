"""Staff pages of mailings."""

from flask import Blueprint

blueprint = Blueprint("mailings", __name__, url_prefix="/staff/mailings")
