"""What the accounts room contributes to earlier ones."""

from datetime import timedelta

from outreach.core.contributions import Contribution, MenuEntry, SettingsEntry, Tick
from outreach.web.limits import forget_old_counts

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
            "Installation",
            "accounts.installation",
            "server",
            "installation.see",
            "Whether everything is well, and the settings in force.",
            90,
        ),
    ),
    ticks=(Tick("limits.forget", timedelta(hours=1), forget_old_counts),),
)
