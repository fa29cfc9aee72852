"""What the accounts room contributes to earlier ones."""

from outreach.core.contributions import Contribution, MenuEntry

CONTRIBUTION = Contribution(
    menu=(MenuEntry("Settings", "accounts.settings", "cog-6-tooth", "settings.see", 60),)
)
