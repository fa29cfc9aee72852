"""The catcher's mailbox, for staff."""

from flask import Blueprint

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")
