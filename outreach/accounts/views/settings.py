"""The doors of the settings, and how the installation is set up."""

from collections.abc import Iterator
from typing import Any

from flask import current_app, render_template

from outreach.accounts.guard import may
from outreach.accounts.views.blueprint import blueprint
from outreach.core.mail_settings import MORE
from outreach.core.state import state
from outreach.web.access import requires

SECRETS = ("_password", "_client_secret", "_refresh_token")
"""What the names of settings that are never shown end with."""


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
        (f"OUTREACH_{name.upper()}{suffix}", _shown(name, value))
        for name, suffix, value in _each(here.settings.model_dump())
    ]
    findings = [found for check in here.contributions.doctor for found in check(current_app)]
    return render_template("accounts/installation.html", settings=shown, findings=findings)


def _each(settings: dict[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Give name, number and value of every setting; those of further mail servers have a number."""
    for name, value in settings.items():
        if name == MORE:
            for number, server in value.items():
                yield from ((f"mail_{part}", f"_{number}", one) for part, one in server.items())
        elif name != "instance":
            yield name, "", value


def _shown(name: str, value: object) -> str:
    if value in (None, "", ()):
        return "not set"
    return "set, not shown" if name.endswith(SECRETS) else str(value)
