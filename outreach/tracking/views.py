"""Files that letters and pages lead to, and the answers when tracking is asked of Flask."""

from flask import Blueprint

blueprint = Blueprint("tracking", __name__, url_prefix="/t")
