"""What a reader may change without signing in: leave, prefer, withdraw."""

from flask import Blueprint

blueprint = Blueprint("preferences", __name__)
