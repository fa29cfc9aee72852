"""Pages about users: for administrators, for oneself, and for who lost a password."""

from outreach.accounts.views import account, history, password, settings, two_steps, users
from outreach.accounts.views.blueprint import blueprint, own
from outreach.accounts.views.blueprint import password as password_blueprint

BLUEPRINTS = (blueprint, own, password_blueprint)

__all__ = ["BLUEPRINTS", "account", "history", "password", "settings", "two_steps", "users"]
