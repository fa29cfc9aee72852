"""The web version of a letter."""

from flask import Blueprint

blueprint = Blueprint("web_mailings", __name__, url_prefix="/mailings")
