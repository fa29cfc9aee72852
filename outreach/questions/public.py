"""Ask us: the public form."""

from flask import Blueprint

blueprint = Blueprint("ask", __name__, url_prefix="/ask")
