"""Staff pages of people."""

from flask import Blueprint

blueprint = Blueprint("stakeholders", __name__, url_prefix="/staff/stakeholders")
