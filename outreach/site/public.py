"""Home, result, document and privacy pages."""

from flask import Blueprint

blueprint = Blueprint("site", __name__)
