"""What the accounts room contributes to earlier ones."""

from datetime import timedelta

from flask import Flask

from outreach.accounts.signing_in import forget_old
from outreach.core.clock import now
from outreach.core.contributions import Contribution, MenuEntry, SettingsEntry, Tick
from outreach.core.db import transaction
from outreach.web.limits import forget_old_counts


def forget_old_stays(app: Flask) -> None:
    """Drop stays that ended long ago."""
    with app.app_context(), transaction() as session:
        forget_old(session, now=now())


CONTRIBUTION = Contribution(
    menu=(MenuEntry("Settings", "accounts.settings", "cog-6-tooth", "settings.see", 60),),
    settings=(
        SettingsEntry(
            "Users",
            "accounts.users",
            "users",
            "users.edit",
            "Who signs in, and what each of them may do.",
            70,
        ),
        SettingsEntry(
            "History",
            "accounts.history",
            "clock",
            "installation.see",
            "Who changed what, and when.",
            80,
        ),
        SettingsEntry(
            "Installation",
            "accounts.installation",
            "server",
            "installation.see",
            "Whether everything is well, and the settings in force.",
            90,
        ),
    ),
    ticks=(
        Tick("limits.forget", timedelta(hours=1), forget_old_counts),
        Tick("stays.forget", timedelta(hours=24), forget_old_stays),
    ),
)
