"""The doors of the settings, and how the installation is set up."""

from flask import current_app, render_template

from outreach.accounts.guard import may
from outreach.accounts.views.blueprint import blueprint
from outreach.core.state import state
from outreach.web.access import requires

SECRETS = frozenset({"mail_password", "inbox_password"})


@blueprint.get("")
@requires("settings.see")
def settings() -> str:
    """Show what can be set up, as far as the user may enter it."""
    entries = [entry for entry in state().contributions.settings if may(entry.verb)]
    return render_template("accounts/settings.html", entries=entries)


@blueprint.get("/installation")
@requires("installation.see")
def installation() -> str:
    """Show what the installation is set to, read-only, and what the doctor finds."""
    here = state()
    shown = [
        (f"OUTREACH_{name.upper()}", _shown(name, value))
        for name, value in here.settings.model_dump().items()
        if name != "instance"
    ]
    findings = [found for check in here.contributions.doctor for found in check(current_app)]
    return render_template("accounts/installation.html", settings=shown, findings=findings)


def _shown(name: str, value: object) -> str:
    if value in (None, "", ()):
        return "not set"
    return "set, not shown" if name in SECRETS else str(value)
