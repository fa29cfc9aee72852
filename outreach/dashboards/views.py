"""What staff see: exact and live."""

from flask import Blueprint

blueprint = Blueprint("reports", __name__, url_prefix="/staff/reports")
