"""Where the routes about users hang: settings, one's own account, and setting a password."""

from flask import Blueprint

from outreach.accounts.links import PasswordLinks
from outreach.core.state import state

blueprint = Blueprint("accounts", __name__, url_prefix="/staff/settings")
own = Blueprint("account", __name__, url_prefix="/account")
password = Blueprint("password", __name__, url_prefix="/sign-in")
ID = "int(max=2147483647)"
"""Larger numbers are no id, and no database would take them as one."""


def links() -> PasswordLinks:
    """Return what mints, mails and redeems links to set a password."""
    here = state()
    return PasswordLinks(here.ring, here.settings.base_url)
