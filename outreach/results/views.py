"""Staff pages of results and documents."""

from flask import Blueprint

blueprint = Blueprint("results", __name__, url_prefix="/staff/results")
