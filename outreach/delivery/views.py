"""How far a mailing has come, and who got it."""

from flask import Blueprint

blueprint = Blueprint("delivery", __name__, url_prefix="/staff/mailings")
