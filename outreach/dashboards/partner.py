"""What partners see: published snapshots."""

from flask import Blueprint

blueprint = Blueprint("dashboards", __name__, url_prefix="/dashboards")
